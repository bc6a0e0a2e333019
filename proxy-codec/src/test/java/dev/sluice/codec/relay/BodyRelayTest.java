package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.relay.Relay.Ending;
import dev.sluice.codec.relay.Relay.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class BodyRelayTest {
    private static final String BODY =
            "\n\n {\"id\":\"chatcmpl-b\",\"object\":\"chat.completion\",\"model\":\"gpt-barge\","
                    + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Grüße 🏔\"},"
                    + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":4,\"total_tokens\":10}}\n";

    @Test
    void aBodyIsWrittenAsOneBufferWhenItHasEnded() {
        byte[] body = BODY.getBytes(UTF_8);
        Cuts.forEachCut(body.length, 50, cut -> {
            try (RelayRun run = RelayRun.body()) {
                assertThat(run.sendAll(body, cut)).isEqualTo(State.FLOWING);
                assertThat(run.writes).isEmpty();
                assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
                assertThat(run.writes).hasSize(1);
                assertThat(run.outputBytes()).isEqualTo(body);
                assertThat(run.relay.contentSeen()).isTrue();
                assertThat(run.answer.usage().outputTokens()).isEqualTo(4);
                assertThat(run.answer.model()).isEqualTo("gpt-barge");
            }
        });
    }

    @Test
    void aBodyOfOnePieceIsNotCopied() {
        try (RelayRun run = RelayRun.body()) {
            ByteBuf piece = run.send(BODY);
            run.end(true);
            assertThat(run.writes).containsExactly(piece);
        }
    }

    @Test
    void whatIsNoJsonObjectIsNotWritten() {
        for (String body : new String[] {
            "<html>",
            "[1]",
            "null",
            "",
            "  ",
            "[DONE]",
            BODY + "}",
            BODY.stripTrailing().substring(0, 100)
        }) {
            try (RelayRun run = RelayRun.body()) {
                run.send(body);
                assertThat(run.end(true)).as(body).isEqualTo(Ending.MALFORMED);
                assertThat(run.writes).isEmpty();
            }
        }
    }

    @Test
    void anErrorInASuccessfulAnswerIsNotWritten() {
        for (String body : new String[] {
            "{\"error\":{\"message\":\"no\",\"code\":502}}",
            "{\"error\":\"no\"}",
            "{\"object\":\"error\",\"message\":\"no\"}"
        }) {
            try (RelayRun run = RelayRun.body()) {
                run.send(body);
                assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
                assertThat(run.answer.error()).isNotNull();
                assertThat(run.writes).isEmpty();
            }
        }
    }

    @Test
    void aLostConnectionMeansTruncated() {
        try (RelayRun run = RelayRun.body()) {
            run.send(BODY.substring(0, 80));
            assertThat(run.end(false)).isEqualTo(Ending.TRUNCATED);
            assertThat(run.writes).isEmpty();
        }
        try (RelayRun run = RelayRun.body()) {
            run.send(BODY.stripTrailing());
            assertThat(run.end(false)).isEqualTo(Ending.COMPLETE);
        }
    }

    @Test
    void aLongBodyFlowsFromTheLimitOn() {
        int limit = BodyRelay.MAX_HELD_BYTES;
        String body = "{\"data\":[{\"embedding\":\"" + "A".repeat(3 * limit) + "\"}],\"usage\":{\"prompt_tokens\":5}}";
        try (RelayRun run = RelayRun.body()) {
            for (int at = 0; at < limit; at += limit / 16) {
                run.send(body.substring(at, at + limit / 16));
                assertThat(run.writes).isEmpty();
                assertThat(run.relay.atEventBoundary()).isTrue();
                assertThat(run.relay.holding()).isTrue();
            }
            run.send(body.substring(limit, limit + 1));
            assertThat(run.output()).isEqualTo(body.substring(0, limit + 1));
            assertThat(run.relay.contentSeen()).isTrue();
            assertThat(run.relay.atEventBoundary()).isFalse();
            assertThat(run.relay.holding()).isFalse();
            run.send(body.substring(limit + 1));
            assertThat(run.end(true)).isEqualTo(Ending.COMPLETE);
            assertThat(run.output()).isEqualTo(body);
            assertThat(run.answer.usage().inputTokens()).isEqualTo(5);
        }
    }

    @Test
    void aLongBodyThatBreaksIsToldApart() {
        String body = "{\"data\":[" + "1,".repeat(BodyRelay.MAX_HELD_BYTES);
        try (RelayRun run = RelayRun.body()) {
            run.send(body);
            assertThat(run.end(false)).isEqualTo(Ending.TRUNCATED);
        }
        try (RelayRun run = RelayRun.body()) {
            run.send(body);
            assertThat(run.end(true)).isEqualTo(Ending.MALFORMED);
        }
    }

    @Test
    void releaseWritesNothing() {
        try (RelayRun run = RelayRun.body()) {
            run.send("\n\n");
            run.release();
            assertThat(run.writes).isEmpty();
        }
    }

    @Test
    void neverWritesBehindTheReadableBytesOfAPieceItWasGiven() {
        ByteBuf read = Unpooled.buffer(64).writeBytes("{\"a\":1}OTHER".getBytes(UTF_8));
        ByteBuf piece = read.retainedDuplicate().writerIndex(6);
        Relay relay = Relay.body(RelayRun.body().answer);
        relay.onBytes(piece, ByteBuf::release);
        relay.onBytes(Unpooled.copiedBuffer("}", UTF_8), ByteBuf::release);
        relay.close();
        assertThat(read.toString(UTF_8)).isEqualTo("{\"a\":1}OTHER");
        assertThat(read.release()).isTrue();
    }
}
