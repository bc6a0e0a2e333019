package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other dialects can say and OpenAI's own cannot. */
final class OpenAiChatWriterTest {

    @Test
    void aPlainDocumentIsAText() throws MalformedRequestException {
        Part document = new Part.Document(new Media.Plain(string("It rains.")), string("weather.txt"), null);
        assertThat(messages("groq", user(document, new Part.Text(string("Well?")))))
                .isEqualTo("[{'role':'user','content':[{'type':'text','text':'It rains.'},"
                        + "{'type':'text','text':'Well?'}]}]");
    }

    @Test
    void base64BecomesTheAddressOfItself() throws MalformedRequestException {
        Part image = new Part.Image(new Media.Inline("image/png", string("iVBORw"), 0), null, null);
        Part document =
                new Part.Document(new Media.Inline("application/pdf", string("JVBERi"), 0), string("a.pdf"), null);
        assertThat(messages("openai", user(image, document)))
                .isEqualTo("[{'role':'user','content':[{'type':'image_url','image_url':"
                        + "{'url':'data:image/png;base64,iVBORw'}},{'type':'file','file':"
                        + "{'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi'}}]}]");
    }

    @Test
    void onlyOpenRouterFetchesDocuments() throws MalformedRequestException {
        Part document = new Part.Document(new Media.Url(string("https://a.example/b.pdf")), null, null);
        assertThat(messages("openrouter", user(document)))
                .isEqualTo("[{'role':'user','content':[{'type':'file','file':"
                        + "{'filename':'document.pdf','file_data':'https://a.example/b.pdf'}}]}]");
        assertThatThrownBy(() -> messages("openai", user(document)))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageContaining("documents at an address");
    }

    @Test
    void whatIsNeitherHereNorAtAnAddressIsRefused() {
        for (Part part : List.of(
                new Part.Image(new Media.Uploaded(string("file_1")), null, null),
                new Part.Image(new Media.Plain(string("x")), null, null),
                new Part.Audio(new Media.Url(string("https://a.example/b.wav")), "wav"))) {
            assertThatThrownBy(() -> messages("openai", user(part)))
                    .isInstanceOf(MalformedRequestException.class)
                    .hasMessageContaining("allowed:");
        }
    }

    @Test
    void resultsAreTexts() throws MalformedRequestException {
        assertThat(messages(
                        "openai",
                        new Message(
                                Role.TOOL,
                                List.of(
                                        new Part.ToolResult(
                                                "a", "f", List.of(text("no"), text("way")), null, true, null),
                                        new Part.ToolResult(
                                                "b", null, List.of(), JsonSlice.raw("{\"x\": [\"\\n\"]}"), false, null),
                                        new Part.ToolResult("c", null, List.of(), null, true, null)))))
                .isEqualTo("[{'role':'tool','tool_call_id':'a','content':'Error: no\\n\\nway'},"
                        + "{'role':'tool','tool_call_id':'b','content':'{\\'x\\': [\\'\\\\n\\']}'},"
                        + "{'role':'tool','tool_call_id':'c','content':'Error: '}]");
    }

    @Test
    void whatResultsShowIsShownBeforeTheAssistantGoesOn() throws MalformedRequestException {
        Part image = new Part.Image(new Media.Url(string("https://a.example/b.png")), null, null);
        assertThat(messages(
                        "mistral",
                        new Message(
                                Role.TOOL,
                                List.of(new Part.ToolResult("aB3dE6gH9", null, List.of(image), null, false, null))),
                        new Message(Role.ASSISTANT, List.of(text("I see.")))))
                .isEqualTo("[{'role':'tool','tool_call_id':'aB3dE6gH9','content':'See the next message.'},"
                        + "{'role':'assistant','content':'Understood.'},"
                        + "{'role':'user','content':[{'type':'text','text':'What the tool call aB3dE6gH9 gave back:'},"
                        + "{'type':'image_url','image_url':{'url':'https://a.example/b.png'}}]},"
                        + "{'role':'assistant','content':'I see.','prefix':true}]");
    }

    @Test
    void signaturesTravelWithTheirOrigin() throws MalformedRequestException {
        List<Part> thoughts = List.of(
                new Part.Reasoning(string("A"), string("s1"), false, SignatureOrigin.ANTHROPIC),
                new Part.Reasoning(null, string("s2"), true, SignatureOrigin.ANTHROPIC),
                new Part.Reasoning(null, string("s3"), false, SignatureOrigin.ANTHROPIC),
                new Part.Reasoning(string("O"), string("s4"), false, SignatureOrigin.OPENAI),
                new Part.Reasoning(string("G"), string("s5"), false, SignatureOrigin.GEMINI),
                new Part.Reasoning(string("B"), string("s6"), false, SignatureOrigin.BEDROCK),
                new Part.Reasoning(string("N"), null, false, null));
        assertThat(messages("openrouter", new Message(Role.ASSISTANT, thoughts)))
                .isEqualTo("[{'role':'assistant','content':'','reasoning':'A\\n\\nO\\n\\nG\\n\\nB\\n\\nN',"
                        + "'reasoning_details':["
                        + "{'type':'reasoning.text','text':'A','signature':'s1','format':'anthropic-claude-v1'},"
                        + "{'type':'reasoning.encrypted','data':'s2','format':'anthropic-claude-v1'},"
                        + "{'type':'reasoning.text','text':'','signature':'s3','format':'anthropic-claude-v1'},"
                        + "{'type':'reasoning.summary','summary':'O','format':'openai-responses-v1'},"
                        + "{'type':'reasoning.encrypted','data':'s4','format':'openai-responses-v1'},"
                        + "{'type':'reasoning.text','text':'G','format':'google-gemini-v1'},"
                        + "{'type':'reasoning.encrypted','data':'s5','format':'google-gemini-v1'},"
                        + "{'type':'reasoning.text','text':'B'},{'type':'reasoning.text','text':'N'}]}]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai", "mistral", "deepseek", "openrouter"})
    void anEmptyTurnIsAnEmptyText(String host) throws MalformedRequestException {
        assertThat(messages(host, new Message(Role.USER, List.of()))).isEqualTo("[{'role':'user','content':''}]");
    }

    @Test
    void idsOfCallsAndResultsAgreeAndDoNotCollide() {
        String longId = "toolu_" + "x".repeat(60);
        assertThat(OpenAiProviderIds.call(longId))
                .isEqualTo(OpenAiProviderIds.call(longId))
                .isNotEqualTo(OpenAiProviderIds.call(longId + "y"))
                .matches("call_[0-9A-Za-z]{24}");
        assertThat(OpenAiProviderIds.shortCall(longId))
                .isNotEqualTo(OpenAiProviderIds.shortCall(longId + "y"))
                .matches("[0-9A-Za-z]{9}");
        assertThat(OpenAiProviderIds.call("functions.look:0")).isEqualTo("functions.look:0");
        assertThat(OpenAiProviderIds.call("")).startsWith("call_");
        assertThat(OpenAiProviderIds.call("a b")).startsWith("call_");
        assertThat(OpenAiProviderIds.shortCall("abcdefg_9")).isNotEqualTo("abcdefg_9");
    }

    private static Message user(Part... parts) {
        return new Message(Role.USER, List.of(parts));
    }

    private static Part text(String text) {
        return new Part.Text(string(text));
    }

    private static JsonSlice string(String text) {
        return JsonSlice.string(text);
    }

    /** What is written of messages, with single quotes for double ones. */
    private static String messages(String host, Message... messages) throws MalformedRequestException {
        ChatRequest request = new ChatRequest(
                false,
                List.of(messages),
                List.of(),
                null,
                null,
                Sampling.UNSAID,
                ChatRequest.NO_LIMIT,
                List.of(),
                1,
                null,
                null,
                null,
                null,
                List.of());
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true);
        OpenAiQuirks row = OpenAiQuirks.ROWS.stream()
                .filter(candidate -> candidate.name().equals(host))
                .findFirst()
                .orElseThrow();
        try {
            ProviderRequest written = OpenAiChatWriter.write(request, row, "m", allocator);
            String body = written.body().toString(UTF_8).replace('"', '\'');
            written.body().release();
            return body.substring("{'model':'m','messages':".length(), body.length() - 1);
        } finally {
            assertThat(allocator.metric().usedHeapMemory()).isZero();
        }
    }
}
