package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.Wtf8;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.PromptParts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a request. Bodies are written with single quotes. */
final class OpenAiPromptTest {

    @Test
    void tellsMessagesWithTheirRolesNamesAndContents() {
        assertThat(
                        chat(
                                "[{'role':'system','content':'Be terse.'},{'content':'Gr\\u00fc\\u00dfe','name':'ann','role':'user'}]"))
                .containsExactly(
                        "message",
                        "\"system\"",
                        "system",
                        "\"Be terse.\"",
                        "message",
                        "\"Grüße\"",
                        "name",
                        "\"ann\"",
                        "\"user\"");
        assertThat(chat("[{'role':'developer','content':''}]")).containsExactly("message", "\"developer\"", "system");
        assertThat(chat("[{'role':'systems','content':null},{'role':7},{}]"))
                .containsExactly("message", "\"systems\"", "message", "message");
    }

    @Test
    void tellsThePartsOfAContent() {
        assertThat(
                        chat(
                                "[{'content':[{'type':'text','text':'a'},{'type':'refusal','refusal':'b'},{'type':'text','text':''}]}]"))
                .containsExactly("message", "\"a\"", "\"b\"");
        assertThat(chat("[{'content':[{'type':'input_audio','input_audio':{'data':'AAAA'}},"
                        + "{'type':'file','file':{'file_id':'f'}},{'type':'video_url','video_url':{'url':'u'}},'x']}]"))
                .containsExactly("message", "unknown", "unknown", "unknown", "\"x\"");
    }

    @Test
    void tellsImagesThatAreThereAndCallsOthersUnknown() {
        String part = "[{'content':[{'type':'image_url','image_url':%s}]}]";
        assertThat(chat(String.format(part, "{'url':'data:image\\/png;base64,AAAA','detail':'low'}")))
                .containsExactly("message", "LOW data:image/png;base64,AAAA");
        assertThat(chat(String.format(part, "{'detail':'high','url':'DATA:,'}")))
                .containsExactly("message", "HIGH DATA:,");
        assertThat(chat(String.format(part, "'data:image/gif;base64,AA'")))
                .containsExactly("message", "AUTO data:image/gif;base64,AA");
        assertThat(chat(String.format(part, "{'url':'https://example.org/a.png'}")))
                .containsExactly("message", "unknown");
        for (String odd : new String[] {"null", "{}", "7", "{'url':null}", "'dat'"}) {
            assertThat(chat(String.format(part, odd))).as(odd).containsExactly("message", "unknown");
        }
        assertThat(
                        chat(
                                "[{'content':[{'image_url':{'url':'data:a','detail':'high'}},{'image_url':{'url':'data:b'}}]}]"))
                .containsExactly("message", "HIGH data:a", "AUTO data:b");
    }

    @Test
    void keepsOnlyTheBeginningOfAnImage() {
        String url = "data:image/png;base64," + "A".repeat(3 * OpenAiPrompt.KEPT_URL_BYTES);
        List<String> told = chat("[{'content':[{'image_url':{'url':'" + url + "'}},{'text':'b'}]}]");
        assertThat(told).containsExactly("message", "AUTO " + url.substring(0, OpenAiPrompt.KEPT_URL_BYTES), "\"b\"");
    }

    @Test
    void tellsEarlierCallsAndThatTheyCannotBeCountedForSure() {
        assertThat(chat("[{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','function':"
                        + "{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'ok'}]"))
                .containsExactly(
                        "message", "\"assistant\"", "\"f\"", "\"{}\"", "unknown", "message", "\"tool\"", "\"ok\"");
        assertThat(chat(
                        "[{'function_call':{'name':'f','arguments':'a'}},{'tool_calls':[{'custom':{'name':'g','input':'b'}}]},"
                                + "{'audio':{'id':'x'},'content':[{'type':'odd'}]}]"))
                .containsExactly(
                        "message", "\"f\"", "\"a\"", "unknown", "message", "\"g\"", "\"b\"", "unknown", "message",
                        "unknown", "unknown");
    }

    @Test
    void tellsToolsByNameDescriptionAndParameters() {
        String tool = "{'name':'tide','description':'Looks up','parameters':{'type':'object','properties':"
                + "{'at':{'type':'string'}}}}";
        String[] told = {"tools", "tool", "\" tide\"", "\"// Looks up\n\"", "\"at?: string,\n\"", "tool", "\" now\""};
        assertThat(body("{'tools':[{'type':'function','function':" + tool + "},{'function':{'name':'now'}}]}"))
                .containsExactly(told);
        assertThat(body("{'functions':[" + tool + ",{'name':'now','description':'','parameters':null}]}"))
                .containsExactly(told);
        assertThat(body("{'tools':[{'type':'custom','custom':{'name':'run','format':{'type':'grammar','grammar':"
                        + "{'syntax':'lark','definition':'start: A'}}}}]}"))
                .endsWith("tool", "\" run\"", "\"start: A\"");
        assertThat(body("{'tools':[]}")).isEmpty();
    }

    @Test
    void tellsTheChoiceOfAToolAndTheFormatOfTheAnswer() {
        assertThat(body("{'tool_choice':'none'}")).containsExactly("tokens 1");
        assertThat(body("{'tool_choice':'auto'}")).isEmpty();
        assertThat(body("{'tool_choice':{'type':'function','function':{'name':'tide'}}}"))
                .containsExactly("tokens 7", "\"tide\"");
        assertThat(body("{'function_call':{'name':'tide'}}")).containsExactly("tokens 7", "\"tide\"");
        assertThat(body("{'response_format':{'type':'json_schema','json_schema':{'name':'tide','strict':true,'schema':"
                        + "{'type':'object','properties':{'m':{'type':'number'}}}}}}"))
                .containsExactly("\" tide\"", "\"m?: number,\n\"", "unknown");
        assertThat(body("{'response_format':{'type':'json_object'}}")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "{'a':{'type':'integer'},'b':{'type':'boolean'},'c':{'type':'null'},'d':{}} ! "
                        + "a?: number,~b?: boolean,~c?: null,~d?: any,~",
                "{'a':{'type':'string','description':'The a'}} ! a?:// The a~ string,~",
                "{'a':{'type':'string','enum':['x','',7,null,true]}} ! a?: \"x\" | \"\" | 7 | null | true,~",
                "{'a':{'enum':['x'],'type':'string'}} ! a?: \"x\",~",
                "{'a':{'type':['string','null']}} ! a?: string | null,~",
                "{'a':{'type':'array','items':{'type':'string'}}} ! a?: string[],~",
                "{'a':{'items':{'enum':['x']},'type':'array'}} ! a?: \"x\"[],~",
                "{'a':{'type':'array'}} ! a?: any[],~",
                "{'a':{'type':'object'}} ! a?: object,~",
                "{'a':{'type':'object','properties':{'b':{'type':'string'}}}} ! a?: {~  b?: string,~},~",
                "{'a':{'type':'array','items':{'type':'object','properties':{'b':{}}}}} ! a?: {~  b?: any,~}[],~",
                "{'a':{'anyOf':[{'type':'string'},{'type':'null'},7]}} ! a?: string | null,~",
                "{'a':{'type':'string','default':'no','examples':['no'],'minLength':1,'x':{'description':'no'}}} ! "
                        + "a?: string,~",
                "{'type':{'type':'string'},'enum':{'type':'number'},'description':{'type':'string'}} ! "
                        + "type?: string,~enum?: number,~description?: string,~",
                "{'a':[{'type':'string'}],'b':{'enum':{'x':'no'},'properties':['no'],'type':{'x':'no'}}} ! "
                        + "a?:,~b?: any,~"
            })
    void writesASchemaInTheMannerOfTypeScript(String properties, String text) {
        assertThat(body("{'tools':[{'function':{'parameters':{'type':'object','required':['a'],'properties':"
                        + properties + ",'additionalProperties':false}}}]}"))
                .last()
                .isEqualTo('"' + text.replace('~', '\n') + '"');
    }

    @Test
    void completionsMayComeAsTextTextsOrTokens() {
        assertThat(told(Endpoint.COMPLETIONS, "{'prompt':'a b','suffix':'c'}")).containsExactly("\"a b\"", "\"c\"");
        assertThat(told(Endpoint.COMPLETIONS, "{'prompt':['a','b']}")).containsExactly("\"a\"", "\"b\"");
        assertThat(told(Endpoint.COMPLETIONS, "{'prompt':[1,20,300]}")).containsExactly("tokens 3");
        assertThat(told(Endpoint.COMPLETIONS, "{'prompt':[[1,20],[300],[]]}")).containsExactly("tokens 3");
        assertThat(told(Endpoint.COMPLETIONS, "{'input':'no','messages':[{'content':'no'}]}"))
                .isEmpty();
    }

    @Test
    void inputsOfEmbeddingsAndModerationsAreToldLikewise() {
        for (Endpoint endpoint : new Endpoint[] {Endpoint.EMBEDDINGS, Endpoint.MODERATIONS}) {
            assertThat(told(endpoint, "{'input':['a',1,[2,3]],'prompt':'no'}")).containsExactly("\"a\"", "tokens 3");
            assertThat(told(
                            endpoint,
                            "{'input':[{'type':'text','text':'a'},{'type':'image_url','image_url':{'url':'data:'}}]}"))
                    .containsExactly("\"a\"", "AUTO data:");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'messages':null,'tools':null,'tool_choice':null,'response_format':null}",
                "{'messages':{'role':'no'},'tools':{'function':{'name':'no'}},'functions':'no'}",
                "{'messages':[1,'no',[{'role':'no'}]],'tools':[1,'no',[{'function':{'name':'no'}}]]}",
                "{'other':{'messages':[{'role':'no'}]},'tool_choice':7}"
            })
    void stepsOverWhatItDoesNotKnow(String body) {
        assertThat(body(body)).isEmpty();
    }

    @Test
    void aSchemaMayBeAsDeepAsItLikes() {
        String deep = "{'type':'object','properties':{'a':".repeat(60) + "{}" + "}}".repeat(60);
        List<String> told = body("{'tools':[{'function':{'parameters':" + deep + "}}]}");
        assertThat(told.getLast()).startsWith("\"a?: {\n  a?: {\n").endsWith("any,\n" + "},\n".repeat(59) + "\"");
        String tooDeep = "{'messages':[{'role':'user'}],'x':" + "[".repeat(600) + "]".repeat(600) + "}";
        assertThat(body(tooDeep)).containsExactly("message", "\"user\"", "unknown");
    }

    @Test
    void leavesTheIndexesOfTheBodyAlone() {
        byte[] bytes = "  {'prompt':'snow'}  ".replace('\'', '"').getBytes(UTF_8);
        ByteBuf body = Unpooled.directBuffer().writeBytes(bytes);
        body.readerIndex(1);
        Told told = new Told();
        new OpenAiInbound().readPrompt(Endpoint.COMPLETIONS, body.asReadOnly(), told);
        assertThat(told.list).containsExactly("\"snow\"");
        assertThat(body.readerIndex()).isEqualTo(1);
        assertThat(body.writerIndex()).isEqualTo(bytes.length);
        body.release();
    }

    private static List<String> chat(String messages) {
        return body("{'messages':" + messages + "}");
    }

    private static List<String> body(String body) {
        return told(Endpoint.CHAT_COMPLETIONS, body);
    }

    /** What is told of a body, which is the same in direct memory and in many pieces. */
    private static List<String> told(Endpoint endpoint, String body) {
        byte[] bytes = body.replace('\'', '"').getBytes(UTF_8);
        List<String> whole = told(endpoint, bytes, Cuts.onHeap(), bytes.length);
        assertThat(told(endpoint, bytes, Cuts.direct(), bytes.length)).isEqualTo(whole);
        for (int pieceBytes = 1; pieceBytes < 40 && bytes.length < 2000; pieceBytes++) {
            assertThat(told(endpoint, bytes, Cuts.direct(), pieceBytes)).isEqualTo(whole);
        }
        return whole;
    }

    private static List<String> told(Endpoint endpoint, byte[] bytes, Cuts cuts, int pieceBytes) {
        CompositeByteBuf body = Unpooled.compositeBuffer(Integer.MAX_VALUE);
        for (int from = 0; from < bytes.length; from += pieceBytes) {
            ByteBuf piece = cuts.buffer(bytes, from, Math.min(bytes.length, from + pieceBytes));
            body.addComponent(true, piece);
        }
        Told told = new Told();
        // One small buffer each reads otherwise than many; a body of one piece is given as it is.
        ByteBuf given = body.numComponents() == 1 ? body.component(0) : body;
        new OpenAiInbound().readPrompt(endpoint, given, told);
        body.release();
        assertThat(cuts.unreleasedBytes()).isZero();
        assertThat(told.text.size()).as("text that is not ended").isZero();
        return told.list;
    }

    private static final class Told implements PromptParts {
        private final List<String> list = new ArrayList<>();
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();

        @Override
        public void onMessage() {
            list.add("message");
        }

        @Override
        public void onName() {
            list.add("name");
        }

        @Override
        public void onSystemMessage() {
            list.add("system");
        }

        @Override
        public void onText(byte[] utf8, int from, int to) {
            text.write(utf8, from, to - from);
        }

        @Override
        public void onTextEnd() {
            list.add('"' + Wtf8.decode(text) + '"');
            text.reset();
        }

        @Override
        public void onTokens(long count) {
            list.add("tokens " + count);
        }

        @Override
        public void onTools() {
            list.add("tools");
        }

        @Override
        public void onTool() {
            list.add("tool");
        }

        @Override
        public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {
            list.add(detail + " " + new String(dataUrl, from, to - from, UTF_8));
        }

        @Override
        public void onUnknownPart() {
            list.add("unknown");
        }
    }
}
