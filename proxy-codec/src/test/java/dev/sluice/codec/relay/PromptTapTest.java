package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Prompts against the recipe, worked out by hand: the numbers of the frame here, the words counted as they stand. */
final class PromptTapTest {
    private static final Tokenizer EXACT = new Tokenizer(Encoding.O200K_BASE, 1000, true, false);
    private static final int PER_MESSAGE = 3;
    private static final int REPLY = 3;
    private static final int ROLE = 1;
    private static final int NAMED = 1;

    @BeforeAll
    static void loadVocabulary() {
        assertThat(Encoding.O200K_BASE.counter()).isNotNull();
    }

    @Test
    void countsAChatOfTextExactly() {
        PromptTap tap = chat("'messages':[{'role':'system','content':'Answer in one word.'},"
                + "{'role':'user','name':'ann','content':[{'type':'text','text':'Who keeps '},"
                + "{'type':'text','text':'the light?'}]}]");
        assertThat(tap.tokens())
                .isEqualTo(2 * (PER_MESSAGE + ROLE)
                        + words("Answer in one word.")
                        + NAMED
                        + words("ann")
                        + words("Who keeps ")
                        + words("the light?")
                        + REPLY);
        assertThat(tap.isExact()).isTrue();
    }

    @Test
    void anEmptyConversationStillPrimesAReply() {
        assertThat(chat("'messages':[{'role':'user','content':''}]").tokens()).isEqualTo(PER_MESSAGE + ROLE + REPLY);
        assertThat(chat("'model':'m'").tokens()).isZero();
    }

    @Test
    void countsToolsWithinATokenEachOfTheRecipe() {
        String recipe = "namespace functions {\n\n"
                + "// Looks up when the tide turns\n"
                + "type tide_table = (_: {\n"
                + "// The harbour, by its name\n"
                + "harbour: string,\n"
                + "unit?: \"metre\" | \"foot\",\n"
                + "days?: number,\n"
                + "}) => any;\n\n"
                + "// Says what a lighthouse shows\n"
                + "type light_list = (_: {\n"
                + "// Numbers of lights\n"
                + "lights: number[],\n"
                + "}) => any;\n\n"
                + "} // namespace functions";
        String tools = ",'tools':[{'type':'function','function':{'name':'tide_table',"
                + "'description':'Looks up when the tide turns','parameters':{'type':'object','properties':{"
                + "'harbour':{'type':'string','description':'The harbour, by its name'},"
                + "'unit':{'type':'string','enum':['metre','foot']},'days':{'type':'integer'}},"
                + "'required':['harbour']}}},{'type':'function','function':{'name':'light_list',"
                + "'description':'Says what a lighthouse shows','parameters':{'type':'object','properties':{"
                + "'lights':{'type':'array','items':{'type':'integer'},'description':'Numbers of lights'}},"
                + "'required':['lights']}}}]";
        String user = "'messages':[{'role':'user','content':'When?'}]";
        String system = "'messages':[{'role':'system','content':'Be terse.'},{'role':'user','content':'When?'}]";
        long spent = chat(user + tools).tokens() - chat(user).tokens();
        assertThat(spent).isBetween(words(recipe) + 9 - 2, words(recipe) + 9 + 2);
        long withSystem = chat(system + tools).tokens() - chat(system).tokens();
        assertThat(withSystem).isEqualTo(spent - 4);
        assertThat(chat(user + tools).isExact()).isFalse();
        assertThat(chat(user + tools + ",'tool_choice':'none'").tokens())
                .isEqualTo(chat(user + tools).tokens() + 1);
        assertThat(chat(user + tools + ",'tool_choice':{'type':'function','function':{'name':'tide_table'}}")
                        .tokens())
                .isEqualTo(chat(user + tools).tokens() + 7 + words("tide_table"));
    }

    @Test
    void countsNestedToolsWithinAFewPercentOfTheRecipe() {
        String recipe = "namespace functions {\n\n"
                + "// Plans a crossing\n"
                + "type plan = (_: {\n"
                + "// Where to\n"
                + "target: {\n"
                + "  // Degrees\n"
                + "  latitude: number,\n"
                + "  // Degrees\n"
                + "  longitude: number,\n"
                + "},\n"
                + "// What to avoid\n"
                + "avoid?: {\n"
                + "  kind?: string,\n"
                + "}[],\n"
                + "}) => any;\n\n"
                + "} // namespace functions";
        PromptTap tap = chat("'tools':[{'type':'function','function':{'name':'plan','description':'Plans a crossing',"
                + "'parameters':{'type':'object','properties':{'target':{'type':'object','description':'Where to',"
                + "'properties':{'latitude':{'type':'number','description':'Degrees'},"
                + "'longitude':{'type':'number','description':'Degrees'}}},"
                + "'avoid':{'type':'array','description':'What to avoid','items':{'type':'object',"
                + "'properties':{'kind':{'type':'string'}}}}},'required':['target']}}}]");
        assertThat(tap.tokens()).isBetween(words(recipe) + 9 - 4, words(recipe) + 9 + 4);
    }

    @Test
    void anImageCostsWhatItsHeaderSays() {
        PromptTap tap = chat("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'"
                + png(512, 512) + "','detail':'high'}}]}]");
        // One tile of the most common rule.
        assertThat(tap.tokens()).isEqualTo(PER_MESSAGE + ROLE + REPLY + 85 + 170);
        assertThat(tap.isExact()).isFalse();
        PromptTap low = chat("'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'"
                + png(512, 512) + "','detail':'low'}}]}]");
        assertThat(low.tokens()).isEqualTo(PER_MESSAGE + ROLE + REPLY + 85);
    }

    @Test
    void whatIsNotInTheRequestMakesTheCountAnEstimate() {
        assertThat(chat("'messages':[{'role':'user','content':[{'image_url':{'url':'https://example.org/'}}]}]")
                        .isExact())
                .isFalse();
        assertThat(chat("'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':'{}'}}]}]")
                        .isExact())
                .isFalse();
    }

    @Test
    void countsPromptsOfTokensByTheirNumber() {
        PromptTap tap = prompt(
                Endpoint.COMPLETIONS,
                new Tokenizer(Encoding.O200K_BASE, 1500, false, false),
                "{'prompt':[[5,6,7],[8]]}");
        assertThat(tap.tokens()).isEqualTo(4);
        assertThat(prompt(Endpoint.COMPLETIONS, EXACT, "{'prompt':[5,6]}").isExact())
                .isTrue();
    }

    @Test
    void countsInputsEachForItself() {
        PromptTap tap = prompt(Endpoint.EMBEDDINGS, EXACT, "{'input':['inter','national']}");
        assertThat(tap.tokens()).isEqualTo(words("inter") + words("national"));
        assertThat(prompt(Endpoint.MODERATIONS, EXACT, "{'input':'international'}")
                        .tokens())
                .isEqualTo(words("international"));
    }

    /** A data URL with the head of a picture of this size. */
    private static String png(int width, int height) {
        ByteBuf head = Unpooled.buffer()
                .writeLong(0x89504E470D0A1A0AL)
                .writeInt(13)
                .writeInt(0x49484452)
                .writeInt(width)
                .writeInt(height)
                .writeZero(9);
        byte[] bytes = new byte[head.readableBytes()];
        head.readBytes(bytes);
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes);
    }

    private static PromptTap chat(String members) {
        return prompt(Endpoint.CHAT_COMPLETIONS, EXACT, "{" + members + "}");
    }

    private static PromptTap prompt(Endpoint endpoint, Tokenizer tokenizer, String body) {
        PromptTap tap = new PromptTap(tokenizer);
        ByteBuf bytes = Unpooled.wrappedBuffer(body.replace('\'', '"').getBytes(UTF_8));
        Dialects.inbound().get(0).readPrompt(endpoint, bytes, tap);
        return tap;
    }

    private static long words(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return Encoding.O200K_BASE.counter().count(bytes, 0, bytes.length);
    }
}
