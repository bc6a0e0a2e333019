package dev.sluice.codec.gemini;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;
import java.util.StringJoiner;

/** Lets an answer pass the reader in pieces, as a relay does, and writes down what it says and what is known of it. */
final class AnswerRun implements SseScanner.Listener {
    private final EventScript.Recorder recorder = new EventScript.Recorder();
    private final StringJoiner events = new StringJoiner(" ");
    private final AnswerReader answer;

    private AnswerRun(boolean stream) {
        this.answer = GeminiAnswer.of(stream, recorder);
    }

    /** @param ends of the pieces, the last of which is the length of {@code bytes} */
    static String says(boolean stream, byte[] bytes, Cuts cuts, int... ends) {
        AnswerRun run = new AnswerRun(stream);
        SseScanner scanner = new SseScanner(run);
        int from = 0;
        for (int to : ends) {
            ByteBuf piece = cuts.buffer(bytes, from, to);
            if (stream) {
                scanner.scan(piece, piece.readerIndex(), piece.writerIndex());
            } else {
                run.answer.onPayload(piece, piece.readerIndex(), piece.readableBytes());
            }
            piece.release();
            from = to;
        }
        if (!stream || scanner.end()) {
            run.endPayload();
        }
        return run.end();
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        answer.onPayload(buffer, index, length);
    }

    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        if (hasPayload) {
            endPayload();
        }
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        return true;
    }

    private void endPayload() {
        events.add(answer.onPayloadEnd() + (answer.reportedUsage() ? "+usage" : ""));
    }

    private String end() {
        try (answer) {
            if (answer.finished()) {
                answer.onEnd();
            }
            StringBuilder says = new StringBuilder(recorder.toString());
            says.append("# ").append(events).append('\n').append(usage(answer.usage()));
            says.append(answer.finished() ? "# finished" : "# unfinished");
            says.append(answer.model() == null ? "" : ", model " + answer.model());
            says.append(answer.serviceTier() == null ? "" : ", tier " + answer.serviceTier());
            says.append('\n');
            GatewayError error = answer.error();
            if (error != null) {
                says.append("# ").append(error.kind()).append(' ').append(error.source());
                says.append(error.retryAfterSeconds() == 0 ? "" : " after " + error.retryAfterSeconds() + " s");
                says.append(": ").append(error.message()).append('\n');
            }
            return says.toString();
        }
    }

    private static String usage(Usage usage) {
        StringJoiner line = new StringJoiner(" ", "usage ", "\n");
        line.add(figure(usage.inputTokens())).add(figure(usage.outputTokens()));
        if (usage.cachedTokens() != Usage.UNKNOWN) {
            line.add("cached=" + usage.cachedTokens());
        }
        if (usage.reasoningTokens() != Usage.UNKNOWN) {
            line.add("reasoning=" + usage.reasoningTokens());
        }
        return line.toString();
    }

    private static String figure(long figure) {
        return figure == Usage.UNKNOWN ? "-" : String.valueOf(figure);
    }
}
