package dev.sluice.codec.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatRequestText;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class GeminiInboundTest {
    private static final GeminiInbound GEMINI = new GeminiInbound();

    @Test
    void thePathNamesTheModelAndSaysWhetherToStream() throws MalformedRequestException {
        try (RequestReader request = read(new CallPath(Endpoint.GENERATE_CONTENT, "m-1", true, "alt=sse"), "{}")) {
            assertThat(request.model()).isEqualTo("m-1");
            assertThat(request.stream()).isTrue();
            assertThat(request.endUser()).isNull();
            assertThat(request.addsUsageRequest()).isFalse();
            assertThat(request.maxOutputTokens()).isEqualTo(-1);
        }
        assertThatThrownBy(() -> read(new CallPath(Endpoint.GENERATE_CONTENT), "{}"))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageContaining("names no model");
        assertThatThrownBy(() -> read(path(Endpoint.GENERATE_CONTENT), "[]"))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageContaining("must be a JSON object");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~{'generationConfig':{'maxOutputTokens':70}}~, 70",
                "~{'generation_config':{'max_output_tokens':'70'}}~, 70",
                "~{'generationConfig':{'maxOutputTokens':-4}}~, -1",
                "~{'generationConfig':{'maxOutputTokens':'x'}}~, -1",
                "~{'generationConfig':{'maxOutputTokens':1.5}}~, -1",
                "~{'generationConfig':{'maxOutputTokens':null}}~, -1",
                "~{'generationConfig':null,'maxOutputTokens':9}~, -1",
                "~{'other':{'maxOutputTokens':9}}~, -1",
                "~{'generationConfig':{'x':{'maxOutputTokens':9}}}~, -1"
            })
    void knowsTheLimitOfTheAnswer(String body, long limit) throws MalformedRequestException {
        try (RequestReader request = read(path(Endpoint.GENERATE_CONTENT), body)) {
            assertThat(request.maxOutputTokens()).isEqualTo(limit);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~{'generationConfig':{},'generation_config':{}}~, generationConfig",
                "~{'generationConfig':{'maxOutputTokens':1,'maxOutputTokens':2}}~, generationConfig.maxOutputTokens",
                "~{'generationConfig':{'maxOutputTokens':1,'max_output_tokens':2}}~, generationConfig.maxOutputTokens"
            })
    void theLimitMustBeSaidOnce(String body, String member) {
        assertThatThrownBy(() -> read(path(Endpoint.GENERATE_CONTENT), body))
                .hasMessage("'" + member + "' must be given once; it is given twice");
    }

    @Test
    void countsTextBelowTheTop() throws MalformedRequestException {
        try (RequestReader request =
                read(path(Endpoint.GENERATE_CONTENT), "{'x':'abc','contents':[{'parts':[{'text':'äb'}]}]}")) {
            assertThat(request.textBytes()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "GENERATE_CONTENT, ~{'contents': []}~, -",
                "GENERATE_CONTENT, ~{'model':'models/m','contents': [1.0]}~, ~{'model':'models/up','contents': [1.0]}~",
                "GEMINI_COUNT_TOKENS, ~{'generateContentRequest':{'model':'models/m', 'contents':[]}}~, "
                        + "~{'generateContentRequest':{'model':'models/up', 'contents':[]}}~",
                "EMBED_CONTENT, ~{'content':{'model':'x'},'model':'models/m'}~, ~{'content':{'model':'x'},'model':'models/up'}~",
                "BATCH_EMBED_CONTENTS, ~{'requests':[{'model':'models/m','content':{'model': 1.0}},{'model':'m'},7],'x': [1 ,2]}~, "
                        + "~{'requests':[{'model':'models/up','content':{'model': 1.0}},{'model':'models/up'},7],'x':[1 ,2]}~"
            })
    void theBodyStaysAsItIsButForTheNameOfTheModel(Endpoint endpoint, String body, @Nullable String renamed)
            throws MalformedRequestException {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        for (String same : List.of("m", "models/m")) {
            try (RequestReader request = read(path(endpoint), body)) {
                ByteBuf whole = allocator.buffer().writeBytes(json(body).getBytes(UTF_8));
                assertThat(request.rewrite(whole, same, true, allocator)).isSameAs(whole);
                whole.release();
            }
        }
        try (RequestReader request = read(path(endpoint), body)) {
            ByteBuf whole = allocator.buffer().writeBytes(json(body).getBytes(UTF_8));
            ByteBuf written = request.rewrite(whole, "up", true, allocator);
            assertThat(written.toString(UTF_8)).isEqualTo(json(renamed == null ? body : renamed));
            written.release();
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void readsTextsThatWantVectors() throws MalformedRequestException {
        assertThat(embeddings(
                        "{'content':{'parts':[{'text':'a'},{'text':'\\n'}]},'outputDimensionality':8,'taskType':'Q'}"))
                .isEqualTo("inputs\n  \"a\\n\"\ndimensions 8\nothers\n  taskType \"Q\"\n");
        assertThat(embeddings("{'requests':[{'model':'models/m','content':{'parts':[{'text':'a'}]},'task_type':'Q'},"
                        + "{'content':{'parts':{'text':'b'}},'task_type':'Q'}]}"))
                .isEqualTo("inputs\n  \"a\"\n  \"b\"\nothers\n  task_type \"Q\"\n");
        assertThatThrownBy(() -> embeddings("{'requests':[]}")).hasMessageContaining("'requests' has nothing in it");
        assertThatThrownBy(() -> embeddings("{'content':{}}")).hasMessageContaining("'content' has no parts");
        assertThatThrownBy(() -> embeddings("{'content':{'parts':[{'inlineData':{}}]}}"))
                .hasMessageContaining("allowed: parts of text");
        assertThatThrownBy(
                        () -> embeddings(
                                "{'requests':[{'content':{'parts':[{'text':'a'}]}},{'content':{'parts':[{'text':'b'}]},'outputDimensionality':8}]}"))
                .hasMessageContaining("allowed: the same for all");
    }

    @Test
    void writesVectors() {
        Embeddings floats = new Embeddings(List.of(slice("[0.1,-2e-3]"), slice("[1]")), null, Usage.NONE);
        assertThat(vectors(floats, Endpoint.BATCH_EMBED_CONTENTS))
                .isEqualTo("{\"embeddings\":[{\"values\":[0.1,-2e-3]},{\"values\":[1]}]}");
        assertThat(vectors(floats, Endpoint.EMBED_CONTENT)).isEqualTo("{\"embedding\":{\"values\":[0.1,-2e-3]}}");
        Embeddings base64 = new Embeddings(List.of(slice("'AACAPwAAAMAAAAA+'")), null, Usage.NONE);
        assertThat(vectors(base64, Endpoint.EMBED_CONTENT)).isEqualTo("{\"embedding\":{\"values\":[1.0,-2.0,0.125]}}");
    }

    @Test
    void tellsThePromptOfEveryEndpoint() {
        String chat = "{'contents':[{'parts':[{'text':'Hi'}]}],'tools':[{'functionDeclarations':[{'name':'f'}]}]}";
        String told = "message text(user) text(Hi) tools tool text(f) ";
        assertThat(prompt(Endpoint.GENERATE_CONTENT, chat)).isEqualTo(told);
        assertThat(prompt(Endpoint.GENERATE_CONTENT_ARRAY, chat)).isEqualTo(told);
        assertThat(prompt(Endpoint.GEMINI_COUNT_TOKENS, chat)).isEqualTo(told);
        assertThat(prompt(Endpoint.GEMINI_COUNT_TOKENS, "{'generateContentRequest':" + chat + "}"))
                .isEqualTo(told);
        assertThat(prompt(Endpoint.EMBED_CONTENT, "{'content':{'parts':[{'text':'a\\u00e9'}]}}"))
                .isEqualTo("text(aé) ");
        assertThat(prompt(Endpoint.GENERATE_CONTENT, "{}")).isEqualTo("unknown ");
    }

    @Test
    void errorsAreGooglesStatus() {
        GatewayError limited = new GatewayError(
                ErrorKind.RATE_LIMITED, GatewayError.Source.PROVIDER, true, "too \"fast\"", "contents", 34);
        String body = json("{'error':{'code':429,'message':'too \\'fast\\'','status':'RESOURCE_EXHAUSTED','details':["
                + "{'@type':'type.googleapis.com/google.rpc.BadRequest','fieldViolations':[{'field':'contents','description':'too \\'fast\\''}]},"
                + "{'@type':'type.googleapis.com/google.rpc.RetryInfo','retryDelay':'34s'}]}}");
        assertThat(GEMINI.errorBody(limited)).isEqualTo(body);
        assertThat(GEMINI.errorEvent(limited)).isEqualTo("data: " + body + "\r\n\r\n");
        assertThat(GEMINI.errorBody(GatewayError.gateway(ErrorKind.INTERNAL, "x")))
                .isEqualTo(json("{'error':{'code':500,'message':'x','status':'INTERNAL'}}"));
    }

    @Test
    void anEmptyBudgetIsNoRateLimit() {
        GatewayError empty = GatewayError.caller(ErrorKind.BUDGET_EXCEEDED, "empty");
        assertThat(GEMINI.status(empty)).isEqualTo(402);
        assertThat(GEMINI.errorBody(empty))
                .isEqualTo(json("{'error':{'code':402,'message':'empty','status':'RESOURCE_EXHAUSTED'}}"));
        assertThat(GEMINI.status(GatewayError.caller(ErrorKind.TOKENS_LIMITED, "slow")))
                .isEqualTo(429);
    }

    /** What we say, we understand: whoever is behind us may be a gateway like us. */
    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void errorsAreUnderstoodByTheReaderOfErrors(ErrorKind kind) {
        String body = GEMINI.errorBody(GatewayError.gateway(kind, "models/x"));
        GatewayError read =
                GeminiProvider.ROWS.getFirst().readError(kind.httpStatus(), Unpooled.copiedBuffer(body, UTF_8));
        assertThat(read.source() == GatewayError.Source.PROVIDER)
                .isEqualTo(kind.httpStatus() >= 500
                        || List.of(401, 403, 408, 429).contains(kind.httpStatus())
                        || List.of(405, 414, 415, 417, 431).contains(kind.httpStatus()));
    }

    @Test
    void modelsAreListedAsGooglesAre() {
        InboundDialect.ModelEntry model = new InboundDialect.ModelEntry("a/b", "openai");
        String entry = json("{'name':'models/a/b','displayName':'a/b','supportedGenerationMethods':"
                + "['generateContent','streamGenerateContent','countTokens','embedContent','batchEmbedContents']}");
        assertThat(GEMINI.model(model)).isEqualTo(entry);
        assertThat(GEMINI.modelList(List.of(model, model))).isEqualTo("{\"models\":[" + entry + "," + entry + "]}");
        assertThat(GEMINI.tokenCount(31)).isEqualTo("{\"totalTokens\":31}");
    }

    private static RequestReader read(CallPath path, String body) throws MalformedRequestException {
        RequestReader request = GEMINI.newRequest(path, 64);
        request.feed(Unpooled.copiedBuffer(json(body), UTF_8));
        request.end();
        return request;
    }

    private static CallPath path(Endpoint endpoint) {
        return new CallPath(endpoint, "m", false, null);
    }

    private static String embeddings(String body) throws MalformedRequestException {
        return ChatRequestText.of(
                GEMINI.readEmbeddings(path(Endpoint.EMBED_CONTENT), Unpooled.copiedBuffer(json(body), UTF_8)));
    }

    private static String vectors(Embeddings embeddings, Endpoint endpoint) {
        AnswerPlan plan = new AnswerPlan(endpoint, false, "m", "r", 0, true, -1, null);
        ByteBuf written = GEMINI.writeEmbeddings(embeddings, false, plan, UnpooledByteBufAllocator.DEFAULT);
        String text = written.toString(UTF_8);
        written.release();
        return text;
    }

    private static String prompt(Endpoint endpoint, String body) {
        Told told = new Told();
        GEMINI.readPrompt(endpoint, Unpooled.copiedBuffer(json(body), UTF_8), told);
        return told.toString();
    }

    private static JsonSlice slice(String json) {
        return JsonSlice.raw(json(json));
    }

    private static String json(String text) {
        return text.replace("\\'", "\u0001").replace('\'', '"').replace("\u0001", "\\\"");
    }

    private static final class Told implements PromptParts {
        private final StringBuilder told = new StringBuilder();
        private String text = "";

        @Override
        public void onMessage() {
            told.append("message ");
        }

        @Override
        public void onName() {
            told.append("name ");
        }

        @Override
        public void onSystemMessage() {
            told.append("system ");
        }

        @Override
        public void onText(byte[] utf8, int from, int to) {
            text += new String(utf8, from, to - from, UTF_8);
        }

        @Override
        public void onTextEnd() {
            told.append("text(").append(text).append(") ");
            text = "";
        }

        @Override
        public void onTokens(long count) {
            told.append("tokens ");
        }

        @Override
        public void onTools() {
            told.append("tools ");
        }

        @Override
        public void onTool() {
            told.append("tool ");
        }

        @Override
        public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {
            told.append("image ");
        }

        @Override
        public void onUnknownPart() {
            told.append("unknown ");
        }

        @Override
        public String toString() {
            return told.toString();
        }
    }
}
