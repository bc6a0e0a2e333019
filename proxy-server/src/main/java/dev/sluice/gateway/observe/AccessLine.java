package dev.sluice.gateway.observe;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.ExchangeSummary;
import java.util.List;

/**
 * What an access record says: the members of one line, in order. Tags and the end user are left out on purpose: callers
 * put names and addresses into them, and the usage table has them where they can be deleted.
 *
 * <p>Thread: event loop.
 */
final class AccessLine {
    private static final byte[] TIME = JsonLine.ascii("time");
    private static final byte[] LEVEL = JsonLine.ascii("level");
    private static final byte[] LOGGER = JsonLine.ascii("logger");
    private static final byte[] REQUEST_ID = JsonLine.ascii("requestId");
    private static final byte[] KEY_ID = JsonLine.ascii("keyId");
    private static final byte[] TEAM_ID = JsonLine.ascii("teamId");
    private static final byte[] ENDPOINT = JsonLine.ascii("endpoint");
    private static final byte[] MODEL = JsonLine.ascii("model");
    private static final byte[] PROVIDER = JsonLine.ascii("provider");
    private static final byte[] UPSTREAM_MODEL = JsonLine.ascii("upstreamModel");
    private static final byte[] STATUS = JsonLine.ascii("status");
    private static final byte[] HTTP_STATUS = JsonLine.ascii("httpStatus");
    private static final byte[] ERROR_CODE = JsonLine.ascii("errorCode");
    private static final byte[] ATTEMPTS = JsonLine.ascii("attempts");
    private static final byte[] TRIED = JsonLine.ascii("tried");
    private static final byte[] ATTEMPT = JsonLine.ascii("attempt");
    private static final byte[] REASON = JsonLine.ascii("reason");
    private static final byte[] STARTED_MS = JsonLine.ascii("startedMs");
    private static final byte[] STREAM = JsonLine.ascii("stream");
    private static final byte[] PROTOCOL = JsonLine.ascii("protocol");
    private static final byte[] TTFT_MS = JsonLine.ascii("ttftMs");
    private static final byte[] DURATION_MS = JsonLine.ascii("durationMs");
    private static final byte[] OVERHEAD_US = JsonLine.ascii("overheadUs");
    private static final byte[] REQUEST_BYTES = JsonLine.ascii("requestBytes");
    private static final byte[] RESPONSE_BYTES = JsonLine.ascii("responseBytes");
    private static final byte[] INPUT_TOKENS = JsonLine.ascii("inputTokens");
    private static final byte[] CACHED_TOKENS = JsonLine.ascii("cachedTokens");
    private static final byte[] OUTPUT_TOKENS = JsonLine.ascii("outputTokens");
    private static final byte[] REASONING_TOKENS = JsonLine.ascii("reasoningTokens");

    private AccessLine() {}

    /** Appends one line. */
    static void write(JsonLine line, long endedAtMillis, ExchangeSummary summary) {
        line.begin();
        line.time(TIME, endedAtMillis);
        line.text(LEVEL, level(summary.status()));
        line.text(LOGGER, "access");
        line.text(REQUEST_ID, summary.requestId());
        line.text(KEY_ID, summary.keyId());
        line.text(TEAM_ID, summary.teamId());
        line.text(ENDPOINT, summary.endpoint());
        line.text(MODEL, summary.requestedModel());
        List<AttemptSummary> attempts = summary.attempts();
        if (!attempts.isEmpty()) {
            AttemptSummary last = attempts.get(attempts.size() - 1);
            line.text(PROVIDER, last.provider());
            line.text(UPSTREAM_MODEL, last.upstreamModel());
        }
        line.text(STATUS, summary.status().label());
        line.number(HTTP_STATUS, summary.httpStatus());
        line.text(ERROR_CODE, summary.errorCode());
        line.number(ATTEMPTS, attempts.size());
        line.bool(STREAM, summary.stream());
        line.text(PROTOCOL, summary.protocol());
        if (summary.ttftNanos() >= 0) {
            line.millis(TTFT_MS, summary.ttftNanos());
        }
        line.millis(DURATION_MS, summary.durationNanos());
        if (summary.overheadNanos() >= 0) {
            line.number(OVERHEAD_US, summary.overheadNanos() / 1_000);
        }
        line.number(REQUEST_BYTES, summary.requestBytes());
        line.number(RESPONSE_BYTES, summary.responseBytes());
        tokens(line, attempts);
        if (attempts.size() > 1) {
            tried(line, attempts);
        }
        line.end();
    }

    /** Each attempt in the order in which they ended: why it was made, when, and what became of it. */
    private static void tried(JsonLine line, List<AttemptSummary> attempts) {
        long first = Long.MAX_VALUE;
        for (int i = 0; i < attempts.size(); i++) {
            first = Math.min(first, attempts.get(i).startedAtMicros());
        }
        line.beginList(TRIED);
        for (int i = 0; i < attempts.size(); i++) {
            AttemptSummary attempt = attempts.get(i);
            line.beginItem();
            line.number(ATTEMPT, attempt.number());
            line.text(REASON, attempt.reason().label());
            line.text(PROVIDER, attempt.provider());
            line.text(UPSTREAM_MODEL, attempt.upstreamModel());
            line.text(STATUS, attempt.status().label());
            line.text(ERROR_CODE, attempt.errorCode());
            line.number(HTTP_STATUS, attempt.httpStatus());
            line.millis(STARTED_MS, (attempt.startedAtMicros() - first) * 1_000);
            line.millis(DURATION_MS, attempt.durationNanos());
            line.endItem();
        }
        line.endList();
    }

    /** All attempts together, since the caller's request caused them all; a figure that nobody reported is left out. */
    private static void tokens(JsonLine line, List<AttemptSummary> attempts) {
        long input = Usage.UNKNOWN;
        long cached = Usage.UNKNOWN;
        long output = Usage.UNKNOWN;
        long reasoning = Usage.UNKNOWN;
        for (int i = 0; i < attempts.size(); i++) {
            Usage usage = attempts.get(i).settlement().usage();
            input = plus(input, usage.inputTokens());
            cached = plus(cached, usage.cachedTokens());
            output = plus(output, usage.outputTokens());
            reasoning = plus(reasoning, usage.reasoningTokens());
        }
        known(line, INPUT_TOKENS, input);
        known(line, CACHED_TOKENS, cached);
        known(line, OUTPUT_TOKENS, output);
        known(line, REASONING_TOKENS, reasoning);
    }

    private static long plus(long sum, long more) {
        if (more == Usage.UNKNOWN) {
            return sum;
        }
        return sum == Usage.UNKNOWN ? more : sum + more;
    }

    private static void known(JsonLine line, byte[] name, long value) {
        if (value != Usage.UNKNOWN) {
            line.number(name, value);
        }
    }

    private static String level(AttemptStatus status) {
        return switch (status) {
            case OK, CLIENT_ABORT, CANCELLED, BUDGET_STOP, REFUSED -> "INFO";
            case UPSTREAM_ERROR, TRUNCATED, TIMEOUT, INTERRUPTED -> "WARN";
        };
    }
}
