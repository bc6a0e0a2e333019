package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** One answer, cut as the test likes, and what the reader makes of it. Thread: test. */
final class AnswerRun implements SseScanner.Listener {
    final List<Event> events = new ArrayList<>();
    private final Cuts cuts = Cuts.direct();
    private final EventScript.Recorder told = new EventScript.Recorder();
    private final AnswerReader answer;

    private AnswerRun(boolean stream) {
        answer = new AnthropicProvider().newAnswer(Endpoint.MESSAGES, stream, told);
    }

    /** A stream of server-sent events. */
    static AnswerRun stream(byte[] sse, int[] cut) {
        AnswerRun run = new AnswerRun(/* stream= */ true);
        SseScanner scanner = new SseScanner(run);
        int from = 0;
        for (int to : cut) {
            ByteBuf piece = run.cuts.buffer(sse, from, to);
            scanner.scan(piece, piece.readerIndex(), piece.writerIndex());
            piece.release();
            from = to;
        }
        if (scanner.end()) {
            run.events.add(run.answer.onPayloadEnd());
        }
        return run;
    }

    static AnswerRun body(byte[] json, int[] cut) {
        AnswerRun run = new AnswerRun(/* stream= */ false);
        int from = 0;
        for (int to : cut) {
            ByteBuf piece = run.cuts.buffer(json, from, to);
            run.answer.onPayload(piece, piece.readerIndex(), piece.readableBytes());
            piece.release();
            from = to;
        }
        run.events.add(run.answer.onPayloadEnd());
        return run;
    }

    static AnswerRun stream(String sse) {
        byte[] bytes = sse.getBytes(UTF_8);
        return stream(bytes, new int[] {bytes.length});
    }

    static AnswerRun body(String json) {
        byte[] bytes = json.getBytes(UTF_8);
        return body(bytes, new int[] {bytes.length});
    }

    /** The data of events that lack their frames. */
    static AnswerRun payloads(String... payloads) {
        StringBuilder sse = new StringBuilder();
        for (String payload : payloads) {
            sse.append("data: ").append(payload.replace('\'', '"')).append("\n\n");
        }
        return stream(sse.toString());
    }

    /** What it told, how it ended, and what it reports. */
    String summary() {
        assertThat(cuts.unreleasedBytes()).isZero();
        StringBuilder summary = new StringBuilder(told.toString());
        if (answer.model() != null) {
            summary.append("model ").append(answer.model()).append('\n');
        }
        if (answer.serviceTier() != null) {
            summary.append("tier ").append(answer.serviceTier()).append('\n');
        }
        Usage usage = answer.usage();
        if (usage.isReported()) {
            summary.append(usage(usage)).append('\n');
        }
        GatewayError error = answer.error();
        if (error != null) {
            summary.append("error ")
                    .append(error.kind())
                    .append(error.retryable() ? " retryable " : " ")
                    .append(error.message())
                    .append('\n');
        }
        return summary.append(answer.finished() ? "finished" : "not finished")
                .append('\n')
                .toString();
    }

    String told() {
        return told.toString();
    }

    AnswerReader answer() {
        return answer;
    }

    private static String usage(Usage usage) {
        StringBuilder line = new StringBuilder("usage ");
        line.append(usage.inputTokens()).append(' ').append(usage.outputTokens());
        figure(line, "cached", usage.cachedTokens());
        figure(line, "written", usage.cacheWriteTokens());
        figure(line, "written1h", usage.cacheWrite1hTokens());
        figure(line, "reasoning", usage.reasoningTokens());
        figure(line, "searches", usage.webSearches());
        return line.toString();
    }

    private static void figure(StringBuilder line, String name, long figure) {
        if (figure > 0) {
            line.append(' ').append(name).append('=').append(figure);
        }
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        if (!isOver()) {
            answer.onPayload(buffer, index, length);
        }
    }

    /** What follows the end, or an error, is nobody's business. */
    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        if (hasPayload && !isOver()) {
            events.add(answer.onPayloadEnd());
        }
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        return true;
    }

    private boolean isOver() {
        return events.contains(Event.DONE) || events.contains(Event.ERROR);
    }
}
