package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class UsageTapTest {
    private static final Tokenizer EXACT = new Tokenizer(Encoding.O200K_BASE, 1000, true, false);
    private static final Tokenizer HALF_MORE = new Tokenizer(Encoding.O200K_BASE, 1500, false, false);

    @BeforeAll
    static void loadVocabulary() {
        assertThat(Encoding.O200K_BASE.counter()).isNotNull();
    }

    @Test
    void countsWhatThePiecesSayTogether() {
        UsageTap tap = new UsageTap(EXACT);
        for (String piece : "The light|house keep|er cou|nted ship|s.".split("\\|")) {
            tell(tap, 0, Channel.CONTENT, piece);
        }
        assertThat(tap.total()).isEqualTo(tokens("The lighthouse keeper counted ships."));
        assertThat(tap.committed()).isLessThanOrEqualTo(tap.total());
        assertThat(tap.upperBound()).isGreaterThanOrEqualTo(tap.total());
        assertThat(tap.isExact()).isTrue();
    }

    @Test
    void textsOfDifferentChannelsAndChoicesNeverRunTogether() {
        UsageTap tap = new UsageTap(EXACT);
        tell(tap, 0, Channel.CONTENT, "inter");
        tell(tap, 0, Channel.REASONING, "national");
        tell(tap, 3, Channel.CONTENT, "inter");
        tell(tap, 3, Channel.CONTENT, "national");
        assertThat(tap.total()).isEqualTo(tokens("inter") + tokens("national") + tokens("international"));
    }

    @Test
    void aBoundaryEndsAText() {
        assertThat(tokens("international")).isNotEqualTo(tokens("inter") + tokens("national"));
        UsageTap tap = new UsageTap(EXACT);
        tap.onBoundary(0, Channel.TOOL_CALL);
        tell(tap, 0, Channel.TOOL_CALL, "inter");
        tap.onBoundary(0, Channel.TOOL_CALL);
        tell(tap, 0, Channel.TOOL_CALL, "national");
        assertThat(tap.total()).isEqualTo(tokens("inter") + tokens("national"));
    }

    @Test
    void choicesBeyondTheLastShareItsPlace() {
        UsageTap tap = new UsageTap(EXACT);
        tell(tap, 127, Channel.CONTENT, "int");
        tell(tap, 5000, Channel.CONTENT, "er");
        tell(tap, -1, Channel.CONTENT, "national");
        assertThat(tap.total()).isEqualTo(tokens("international"));
    }

    @Test
    void scalesByTheFactorOfTheTokenizer() {
        UsageTap tap = new UsageTap(HALF_MORE);
        tell(tap, 0, Channel.CONTENT, "one two three");
        tell(tap, 1, Channel.CONTENT, "four ");
        long counted = tokens("one two three") + tokens("four ");
        assertThat(tap.total()).isEqualTo(HALF_MORE.scale(counted)).isGreaterThan(counted);
        assertThat(tap.committed()).isLessThanOrEqualTo(tap.total());
        assertThat(tap.upperBound()).isGreaterThanOrEqualTo(tap.total());
        assertThat(tap.isExact()).isFalse();
        assertThat(tap.isApproximate()).isFalse();
    }

    @Test
    void commitsWhileTheTextGrows() {
        UsageTap tap = new UsageTap(EXACT);
        long before = 0;
        for (int i = 0; i < 200; i++) {
            tell(tap, 0, Channel.CONTENT, " wave");
            assertThat(tap.committed()).isBetween(before, tap.total());
            before = tap.committed();
        }
        assertThat(tap.total()).isEqualTo(200);
        assertThat(before).isGreaterThan(150);
    }

    @Test
    void aTextThatHadToBeCutIsNotExact() {
        UsageTap tap = new UsageTap(EXACT);
        tell(tap, 0, Channel.CONTENT, "a".repeat(20_000));
        tell(tap, 0, Channel.REFUSAL, "no");
        assertThat(tap.isApproximate()).isTrue();
        assertThat(tap.isExact()).isFalse();
    }

    @Test
    void hearsWhatAnAnswerOfAProviderSays() {
        UsageTap tap = new UsageTap(EXACT);
        AnswerReader answer = Dialects.provider("openai", Dialects.HostOptions.NONE)
                .get(0)
                .newAnswer(Endpoint.CHAT_COMPLETIONS, /* stream= */ true, tap);
        for (String said : new String[] {"Tide ", "tab", "les\\n", "\\ud83c", "\\udfd4"}) {
            byte[] event = ("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + said + "\"}}]}").getBytes(UTF_8);
            ByteBuf payload = Unpooled.wrappedBuffer(event);
            answer.onPayload(payload, 0, event.length);
            answer.onPayloadEnd();
        }
        answer.close();
        assertThat(tap.total()).isEqualTo(tokens("Tide tables\n🏔"));
    }

    private static void tell(UsageTap tap, int choice, Channel channel, String text) {
        byte[] bytes = ("<" + text + ">").getBytes(UTF_8);
        tap.onText(choice, channel, bytes, 1, bytes.length - 1);
    }

    private static long tokens(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return Encoding.O200K_BASE.counter().count(bytes, 0, bytes.length);
    }
}
