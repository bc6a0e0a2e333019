package dev.sluice.codec.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeldEventsTest {
    private static final String ALL = """
            start msg_1 model-1
            text 0 CONTENT Hello
            text 1 CONTENT there
            text 0 REASONING Hm
            boundary 0 REASONING
            text 0 REASONING Hm
            call 0 0 call_1 look
            args 0 0 {"a":1}
            call 1 0 - look
            args 1 0 {}
            signature 0 - ANTHROPIC c2ln
            redacted 0 - OPENAI c2ln
            signature 0 0 GEMINI c2ln
            citation 0 https://a.example A title
            citation 0 https://b.example
            finish 0 STOP
            finish 1 STOP_SEQUENCE end
            """;

    private final EventScript.Recorder told = new EventScript.Recorder();
    private final HeldEvents held = new HeldEvents(told);

    @Test
    void tellsEverythingInOrderAndNothingBefore() {
        EventScript.tell(ALL, held);
        assertThat(told).hasToString("");
        held.tell();
        assertThat(told).hasToString(ALL);
        held.tell();
        assertThat(told).hasToString(ALL);
    }

    @Test
    void forgetsWhatIsNotToBeTold() {
        EventScript.tell(ALL, held);
        held.clear();
        held.tell();
        assertThat(told).hasToString("");
        EventScript.tell("text 0 CONTENT a", held);
        held.tell();
        assertThat(told).hasToString("text 0 CONTENT a\n");
    }

    @Test
    void piecesOfOneTextAreToldAsOne() {
        int[] calls = new int[1];
        HeldEvents counted = new HeldEvents(new ChatEvents() {
            @Override
            public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
                calls[0]++;
            }

            @Override
            public void onToolCall(int choice, int call, @Nullable String id, String name) {}

            @Override
            public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
                calls[0]++;
            }
        });
        EventScript.tell("text 0 CONTENT a\ntext 0 CONTENT b\nargs 0 0 {\nargs 0 0 }\ntext 0 CONTENT c", counted);
        counted.tell();
        assertThat(calls[0]).isEqualTo(3);
    }

    @Test
    void whoseChoiceItIsMayBeSaidBehind() {
        EventScript.tell("text 0 CONTENT a", held);
        int mark = held.mark();
        EventScript.tell("text 0 CONTENT b\ncall 0 0 c f\nargs 0 0 {}\nfinish 0 STOP", held);
        held.setChoice(mark, 2);
        held.tell();
        // The text before the mark went on behind it: it is one event, and stays where it began.
        assertThat(told).hasToString("""
                text 0 CONTENT a
                text 2 CONTENT b
                call 2 0 c f
                args 2 0 {}
                finish 2 STOP
                """);
    }

    @Test
    void whatIsBehindAMarkCanBeDropped() {
        EventScript.tell("text 0 CONTENT a", held);
        int mark = held.mark();
        EventScript.tell("text 0 CONTENT b\ntext 0 REASONING c\nsignature 0 - GEMINI x", held);
        held.dropTo(mark);
        EventScript.tell("text 0 CONTENT d", held);
        held.tell();
        assertThat(told).hasToString("text 0 CONTENT ad\n");
    }

    @Test
    void droppingAllLeavesNothing() {
        int mark = held.mark();
        EventScript.tell("text 0 CONTENT b\ntext 0 REASONING c", held);
        held.dropTo(mark);
        held.tell();
        assertThat(told).hasToString("");
    }

    @Test
    void aTextThatIsTooLongIsToldAsItComesAndNothingTwice() {
        byte[] piece = "x".repeat(HeldEvents.MAX_KEPT_BYTES / 2 + 1).getBytes(StandardCharsets.UTF_8);
        EventScript.tell("text 1 CONTENT a", held);
        held.onText(0, Channel.CONTENT, piece, 0, piece.length);
        assertThat(told).hasToString("");
        held.onText(0, Channel.CONTENT, piece, 0, piece.length);
        assertThat(told.toString()).startsWith("text 1 CONTENT a\ntext 0 CONTENT x");
        held.tell();
        assertThat(told).hasToString("text 1 CONTENT a\ntext 0 CONTENT " + "x".repeat(2 * piece.length) + '\n');
    }

    @Test
    void aPieceThatIsTooLongByItselfComesBehindWhatWasKept() {
        byte[] piece = "x".repeat(HeldEvents.MAX_KEPT_BYTES + 1).getBytes(StandardCharsets.UTF_8);
        EventScript.tell("call 0 0 c f\nargs 0 0 {", held);
        held.onArguments(0, 0, piece, 0, piece.length);
        EventScript.tell("args 0 0 }", held);
        held.tell();
        assertThat(told).hasToString("call 0 0 c f\nargs 0 0 {" + "x".repeat(piece.length) + "}\n");
    }

    @Test
    void marksStayRightWhenSomethingWasToldEarly() {
        byte[] piece = "x".repeat(HeldEvents.MAX_KEPT_BYTES).getBytes(StandardCharsets.UTF_8);
        int first = held.mark();
        EventScript.tell("text 0 CONTENT a", held);
        held.onText(0, Channel.CONTENT, piece, 0, piece.length);
        int second = held.mark();
        EventScript.tell("finish 0 STOP", held);
        held.setChoice(first, 3);
        held.setChoice(second, 4);
        held.tell();
        assertThat(told)
                .hasToString("text 0 CONTENT a\ntext 3 CONTENT " + "x".repeat(piece.length) + "\nfinish 4 STOP\n");
    }

    @Test
    void aSignatureIsNeverCut() {
        byte[] signature = "s".repeat(HeldEvents.MAX_KEPT_BYTES + 100).getBytes(StandardCharsets.UTF_8);
        EventScript.tell("text 0 REASONING a", held);
        held.onSignature(0, ChatEvents.NO_CALL, SignatureOrigin.ANTHROPIC, false, signature, 0, signature.length);
        held.tell();
        assertThat(told)
                .hasToString("text 0 REASONING a\nsignature 0 - ANTHROPIC " + "s".repeat(signature.length) + '\n');
    }

    @Test
    void manyEventsFitToo() {
        StringBuilder script = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            script.append("call 0 ").append(i).append(" c f").append(i).append('\n');
        }
        EventScript.tell(script.toString(), held);
        held.tell();
        assertThat(told).hasToString(script.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"aé世😀b", "é", "世", "😀😀", "\uD83D\uDE00é"})
    void trap01CharactersAreWholeWhereverTheyWereCut(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        for (int first = 0; first <= utf8.length; first++) {
            for (int second = first; second <= utf8.length; second++) {
                StringBuilder pieces = new StringBuilder();
                HeldEvents cut = new HeldEvents(new Pieces(pieces));
                for (int[] piece : new int[][] {{0, first}, {first, second}, {second, utf8.length}}) {
                    cut.onText(0, Channel.CONTENT, utf8, piece[0], piece[1]);
                    cut.tell();
                }
                assertThat(pieces.toString()).isEqualTo(text);
            }
        }
    }

    @Test
    void trap01ArgumentsAreWholeToo() {
        byte[] utf8 = "{\"a\":\"世\"}".getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at <= utf8.length; at++) {
            StringBuilder pieces = new StringBuilder();
            HeldEvents cut = new HeldEvents(new Pieces(pieces));
            cut.onArguments(0, 0, utf8, 0, at);
            cut.tell();
            cut.onArguments(0, 0, utf8, at, utf8.length);
            cut.tell();
            assertThat(pieces.toString()).isEqualTo("{\"a\":\"世\"}");
        }
    }

    @Test
    void halfACharacterThatNeverGoesOnIsToldBeforeWhatComesNext() {
        byte[] utf8 = "世".getBytes(StandardCharsets.UTF_8);
        held.onText(0, Channel.CONTENT, utf8, 0, 2);
        held.tell();
        assertThat(told).hasToString("");
        EventScript.tell("text 0 REASONING a\nfinish 0 STOP", held);
        held.tell();
        assertThat(told).hasToString("text 0 CONTENT \"\uFFFD\"\ntext 0 REASONING a\nfinish 0 STOP\n");
    }

    @Test
    void bytesThatAreNoCharactersPassAsTheyAre() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(12)];
            random.nextBytes(bytes);
            ByteBuf passed = Unpooled.buffer();
            HeldEvents any = new HeldEvents(new ChatEvents() {
                @Override
                public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
                    passed.writeBytes(utf8, from, to - from);
                }

                @Override
                public void onToolCall(int choice, int call, @Nullable String id, String name) {}

                @Override
                public void onArguments(int choice, int call, byte[] utf8, int from, int to) {}
            });
            int at = random.nextInt(bytes.length + 1);
            any.onText(0, Channel.CONTENT, bytes, 0, at);
            any.tell();
            any.onText(0, Channel.CONTENT, bytes, at, bytes.length);
            any.onFinish(0, FinishReason.STOP, null);
            any.tell();
            assertThat(ByteBufUtil.getBytes(passed)).isEqualTo(bytes);
        }
    }

    /** Decodes each piece for itself: one that is cut within a character shows. */
    private record Pieces(StringBuilder text) implements ChatEvents {
        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
            text.append(new String(utf8, from, to - from, StandardCharsets.UTF_8));
        }

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {}

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
            text.append(new String(utf8, from, to - from, StandardCharsets.UTF_8));
        }
    }
}
