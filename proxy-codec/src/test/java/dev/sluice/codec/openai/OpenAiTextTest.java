package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.Wtf8;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer says is told, once, when it is known to be an answer. Payloads are written with single quotes. */
final class OpenAiTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "{'content':'snow'} ! {0 CONTENT=snow}",
                "{'content':[{'type':'text','text':'sn'},{'type':'text','text':'ow'}]} ! {0 CONTENT=snow}",
                "{'refusal':'no'} ! {0 REFUSAL=no}",
                "{'content':[{'type':'refusal','refusal':'no'}]} ! {0 REFUSAL=no}",
                "{'reasoning':'so'} ! {0 REASONING=so}",
                "{'reasoning_content':'so'} ! {0 REASONING=so}",
                "{'reasoning_details':[{'type':'reasoning.text','text':'s'},{'text':'o'}]} ! {0 REASONING=so}",
                "{'content':[{'type':'thinking','thinking':[{'type':'text','text':'so'}]}]} ! {0 REASONING=so}",
                "{'content':'a','refusal':'b','reasoning':'c'} ! {0 CONTENT=a, 0 REASONING=c, 0 REFUSAL=b}",
                "{'function_call':{'name':'f','arguments':'{}'}} ! {0 TOOL_CALL=|f|{}}",
                "{'tool_calls':[{'index':0,'function':{'name':'f','arguments':'{}'}}]} ! {0 TOOL_CALL=|f|{}}",
                "{'tool_calls':[{'function':{'name':'f','arguments':''},'index':0}]} ! {0 TOOL_CALL=|f|}",
                "{'content':'','refusal':null,'tool_calls':[]} ! {}",
                "{'role':'assistant','other':'x','content':{'text':'x'}} ! {}",
                "{'audio':{'transcript':'hm','data':'AAAA'}} ! {}",
                "{'images':[{'image_url':{'url':'data:'}}]} ! {}"
            })
    void tellsWhatIsGeneratedByItsKind(String said, String told) {
        assertThat(stream("{'choices':[{'index':0,'delta':" + said + "}]}")).hasToString(told);
        assertThat(stream("{'choices':[{'delta':" + said + ",'index':0}]}")).hasToString(told);
        assertThat(body("{'choices':[{'index':0,'message':" + said + "}]}")).hasToString(told);
        assertThat(stream("{'choices':[{'index':0,'message':" + said + "}]}")).hasToString(told);
    }

    @Test
    void tellsLegacyCompletionsAndNothingOfVectors() {
        assertThat(stream("{'choices':[{'text':'sn','index':1}]}", "{'choices':[{'text':'ow','index':1}]}"))
                .hasToString("{1 CONTENT=snow}");
        assertThat(body("{'choices':[{'text':'a'},{'text':'b'}]}")).hasToString("{0 CONTENT=a, 1 CONTENT=b}");
        assertThat(body("{'data':[{'embedding':'AAAA','text':'x'}],'text':'x','content':'x'}"))
                .hasToString("{}");
        assertThat(body("{'results':[{'flagged':true}]}")).hasToString("{}");
    }

    @Test
    void joinsWhatTheEventsSayUnescaped() {
        assertThat(stream(
                        "{'choices':[{'index':0,'delta':{'content':'Gr\\u00fc\\u00df'}}]}",
                        "{'choices':[{'index':0,'delta':{'content':'e\\n\\\\\\\"\\/'}}]}",
                        "{'choices':[{'index':0,'delta':{'content':'\\uD83C\\uDFD4 雪'}}]}",
                        "{'choices':[{'index':0,'delta':{'content':'\\uD83C'}}]}",
                        "{'choices':[{'index':0,'delta':{'content':'|\\uDFD4'}}]}"))
                .hasToString("{0 CONTENT=Grüße\n\\\"/🏔 雪\uD83C|\uDFD4}");
    }

    @Test
    void aPairMayBeCutByTheEndOfAnEvent() {
        Told told = new Told();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, told);
        feed(answer, "{'choices':[{'index':0,'delta':{'content':'\\uD83C'}}]}");
        feed(answer, "{'choices':[{'index':0,'delta':{'content':'\\uDFD4'}}]}");
        assertThat(told.texts.get("0 CONTENT").toByteArray()).containsExactly(0xED, 0xA0, 0xBC, 0xED, 0xBF, 0x94);
    }

    @Test
    void keepsChoicesApartWhereverTheirIndexStands() {
        assertThat(stream(
                        "{'choices':[{'index':1,'delta':{'content':'b'}},{'delta':{'content':'a'},'index':0}]}",
                        "{'choices':[{'delta':{'content':'B','refusal':'r'},'index':1}]}",
                        "{'choices':[{'delta':{'content':'A'}}]}",
                        "{'choices':[{'delta':{'content':'x'},'index':5000},{'delta':{'content':'y'},'index':-1}]}"))
                .hasToString("{0 CONTENT=aA, 1 CONTENT=bB, 1 REFUSAL=r, 127 CONTENT=xy}");
        assertThat(body("{'choices':[{'message':{'content':'a'}},{'message':{'content':'b'}},"
                        + "{'message':{'content':'c'},'index':7}]}"))
                .hasToString("{0 CONTENT=a, 1 CONTENT=b, 7 CONTENT=c}");
    }

    @Test
    void neitherCallsNorNamesAndArgumentsRunTogether() {
        assertThat(
                        stream(
                                "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'name':'f','arguments':''}}]}}]}",
                                "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{a'}}]}}]}",
                                "{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':'b'},'index':0}]}}]}",
                                "{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':'c}'}}]}}]}",
                                "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'function':{'name':'g'}}]}}]}",
                                "{'choices':[{'index':0,'delta':{'tool_calls':[{'function':{'arguments':'x'},'index':1}]}}]}",
                                "{'choices':[{'index':0,'delta':{'content':'z','tool_calls':[{'function':{'arguments':'y'},'index':1}]}}]}"))
                .hasToString("{0 CONTENT=z, 0 TOOL_CALL=|f|{abc}|g|xy}");
    }

    @Test
    void parallelCallsOfOnePayloadAndOfManyChoicesAreToldApart() {
        assertThat(body("{'choices':[{'message':{'tool_calls':["
                        + "{'id':'1','function':{'name':'f','arguments':'A'}},"
                        + "{'id':'2','function':{'name':'f','arguments':'B'}},{'function':{'arguments':'C'}}]}}]}"))
                .hasToString("{0 TOOL_CALL=|f|A|f|BC}");
        assertThat(stream(
                        "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'name':'f','arguments':'a'}},"
                                + "{'index':3,'function':{'name':'g','arguments':'c'}}]}},"
                                + "{'delta':{'tool_calls':[{'index':0,'function':{'name':'h','arguments':'x'}}]},'index':1}]}",
                        "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':3,'function':{'arguments':'C'}}]}},"
                                + "{'index':1,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'X'}}]}}]}"))
                .hasToString("{0 TOOL_CALL=|f|a|g|cC, 1 TOOL_CALL=|h|xX}");
    }

    @Test
    void whatAHostSaysTwiceIsToldOnce() {
        assertThat(stream("{'choices':[{'index':0,'delta':{'reasoning_details':[{'text':'so'}],"
                        + "'reasoning_content':'so','reasoning':'so'}}]}"))
                .hasToString("{0 REASONING=so}");
        assertThat(stream("{'choices':[{'index':0,'delta':{'reasoning':'','reasoning_content':null,"
                        + "'reasoning_details':[{'text':'so'}]}}]}"))
                .hasToString("{0 REASONING=so}");
        assertThat(stream("{'choices':[{'delta':{'reasoning':'a'}},{'delta':{'reasoning_content':'b'}}]}"))
                .hasToString("{0 REASONING=ab}");
        assertThat(stream(
                        "{'choices':[{'message':{'content':'sn'},'delta':{'content':'sn'},'text':'sn','index':0}]}",
                        "{'choices':[{'message':{'content':'snow'},'delta':{'content':'ow'},'index':0}]}",
                        "{'choices':[{'message':{'content':'snow'},'text':'snow','index':0}]}"))
                .hasToString("{0 CONTENT=snow}");
        assertThat(body("{'choices':[{'text':'snow','message':{'content':'snow'}}]}"))
                .hasToString("{0 CONTENT=snow}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'choices':[{'index':0,'delta':{'content':'x'}}],'error':{'message':'m'}}",
                "{'error':{'message':'m'},'choices':[{'index':0,'delta':{'content':'x'}}]}",
                "{'object':'error','choices':[{'index':0,'message':{'content':'x'}}]}",
                "{'choices':[{'index':0,'delta':{'content':'x'}}]",
                "{'choices':[{'index':0,'delta':{'content':'x",
                "{'choices':[{'index':0,'delta':{'content':'x'}}],}",
                "[{'choices':[{'index':0,'delta':{'content':'x'}}]}]",
                "{'choices':{'index':0,'delta':{'content':'x'}}}",
                "{'choices':[[{'index':0,'delta':{'content':'x'}}]]}"
            })
    void whatIsNoAnswerTellsNothingAndLeavesNothing(String payload) {
        assertThat(stream(payload)).isEmpty();
        assertThat(body(payload)).isEmpty();
        assertThat(stream(payload, "{'choices':[{'delta':{'content':'y'}}]}")).hasToString("{0 CONTENT=y}");
    }

    @Test
    void nothingIsToldBeforeThePayloadIsComplete() {
        Told told = new Told();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, told);
        offer(answer, "{'choices':[{'index':0,'delta':{'content':'snow'}}]}");
        assertThat(told.texts).isEmpty();
        assertThat(answer.onPayloadEnd()).isEqualTo(Event.CONTENT);
        assertThat(told.shown()).hasToString("{0 CONTENT=snow}");
    }

    @Test
    void aLargePayloadIsToldAsItComes() {
        String half = "x".repeat(OpenAiText.MAX_KEPT_BYTES / 2);
        Told told = new Told();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, told);
        offer(answer, "{'choices':[{'index':2,'delta':{'content':'" + half);
        assertThat(told.texts).isEmpty();
        offer(answer, half + "y");
        assertThat(told.length("2 CONTENT")).isEqualTo(2 * half.length() + 1);
        offer(answer, "z");
        assertThat(told.length("2 CONTENT")).isEqualTo(2 * half.length() + 2);
        offer(answer, "','refusal':'no'}},{'delta':{'content':'a'},'index':1}]}");
        assertThat(answer.onPayloadEnd()).isEqualTo(Event.CONTENT);
        assertThat(told.shown()).hasToString("{1 CONTENT=a, 2 CONTENT=" + half + half + "yz, 2 REFUSAL=no}");
        feed(answer, "{'choices':[{'index':0,'delta':{'content':'b'}}]}");
        assertThat(told.shown()).containsEntry("0 CONTENT", "b");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLargePayloadGoesOnUnderTheNameItHadFirst(boolean stream) {
        String large = "x".repeat(OpenAiText.MAX_KEPT_BYTES - 100);
        Told told = new Told();
        AnswerReader answer = OpenAiAnswer.of(stream, /* legacy= */ false, told);
        String container = stream ? "delta" : "message";
        feed(
                answer,
                ("{'choices':[{'" + container + "':{'content':'a','reasoning_content':'r','tool_calls':[{'function':"
                        + "{'name':'f','arguments':'" + large + large + "'},'index':4}],'reasoning':'no'},'index':9},"
                        + "{'" + container + "':{'content':'b'},'index':3},{'" + container + "':{'content':'c'}}]}"));
        assertThat(told.shown())
                .containsEntry("0 CONTENT", stream ? "ac" : "a")
                .containsEntry("0 REASONING", "r")
                .containsEntry("0 TOOL_CALL", "|f|" + large + large)
                .containsEntry("3 CONTENT", "b")
                .hasSize(stream ? 4 : 5);
    }

    @Test
    void aNameThatIsToldInTwoPiecesIsStillOne() {
        String content = "x".repeat(OpenAiText.MAX_KEPT_BYTES - 2);
        assertThat(body("{'choices':[{'message':{'content':'" + content
                        + "','tool_calls':[{'function':{'name':'tide','arguments':'{}'}}]}}]}"))
                .containsEntry("0 TOOL_CALL", "|tide|{}");
    }

    @Test
    void manyStringsAreToldInTheirOrder() {
        StringBuilder payload = new StringBuilder("{'choices':[{'message':{'content':[");
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 3 * 1024; i++) {
            payload.append(i == 0 ? "" : ",").append("{'text':'").append(i).append("'}");
            expected.append(i);
        }
        assertThat(body(payload + "]}}]}")).hasToString("{0 CONTENT=" + expected + "}");
    }

    @Test
    void allocatesNothingForAnEvent() {
        long[] bytes = new long[1];
        AnswerReader answer = OpenAiAnswer.of(
                true,
                /* legacy= */ false,
                new ChatEvents() {
                    @Override
                    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
                        bytes[0] += to - from;
                    }

                    @Override
                    public void onToolCall(int choice, int call, @Nullable String id, String name) {}

                    @Override
                    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
                        bytes[0] += to - from;
                    }
                });
        byte[] event = bytes("{'id':'x','choices':[{'delta':{'content':' the \\n\\u00e9 snow','reasoning':'r',"
                + "'tool_calls':[{'index':1,'function':{'name':'f','arguments':'{'}}]},'index':3}]}");
        ByteBuf payload = Cuts.direct().buffer(event, 0, event.length);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                answer.onPayload(payload, payload.readerIndex(), payload.readableBytes());
                answer.onPayloadEnd();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        payload.release();
        assertThat(bytes[0]).isEqualTo(20 * 1000 * 15);
        // The measurement itself may count a few bytes; one object an event would be 16,000.
        assertThat(least).isLessThan(1000);
    }

    private static Map<String, String> stream(String... payloads) {
        return read(true, payloads);
    }

    private static Map<String, String> body(String payload) {
        return read(false, payload);
    }

    /** What is told of the payloads; the same however each of them is cut. */
    private static Map<String, String> read(boolean stream, String... payloads) {
        Told whole = new Told();
        AnswerReader answer = OpenAiAnswer.of(stream, /* legacy= */ false, whole);
        int longest = 0;
        for (String payload : payloads) {
            feed(answer, payload);
            longest = Math.max(longest, bytes(payload).length);
        }
        if (longest < 1000) {
            Cuts.forEachCut(longest, 10, cut -> {
                Told told = new Told();
                AnswerReader other = OpenAiAnswer.of(stream, /* legacy= */ false, told);
                for (String payload : payloads) {
                    feed(other, bytes(payload), cut);
                }
                assertThat(told.shown()).isEqualTo(whole.shown());
            });
        }
        return whole.shown();
    }

    private static void feed(AnswerReader answer, String payload) {
        offer(answer, payload);
        answer.onPayloadEnd();
    }

    private static void offer(AnswerReader answer, String piece) {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes(piece));
        answer.onPayload(buffer, 0, buffer.writerIndex());
    }

    private static void feed(AnswerReader answer, byte[] payload, int[] cut) {
        Cuts cuts = Cuts.direct();
        int from = 0;
        for (int end : cut) {
            int to = Math.min(end, payload.length);
            if (to > from) {
                ByteBuf buffer = cuts.buffer(payload, from, to);
                answer.onPayload(buffer, buffer.readerIndex(), buffer.readableBytes());
                buffer.release();
            }
            from = to;
        }
        assertThat(cuts.unreleasedBytes()).isZero();
        answer.onPayloadEnd();
    }

    private static byte[] bytes(String payload) {
        return payload.replace('\'', '"').getBytes(UTF_8);
    }

    /** Joins what is told, by choice and channel, with a bar for each boundary. */
    private static final class Told implements ChatEvents {
        private final Map<String, ByteArrayOutputStream> texts = new TreeMap<>();

        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
            assertThat(to).isGreaterThan(from);
            of(choice, channel).write(utf8, from, to - from);
        }

        @Override
        public void onBoundary(int choice, Channel channel) {
            of(choice, channel).write('|');
        }

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {
            onBoundary(choice, Channel.TOOL_CALL);
            of(choice, Channel.TOOL_CALL).writeBytes(name.getBytes(UTF_8));
            onBoundary(choice, Channel.TOOL_CALL);
        }

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
            onText(choice, Channel.TOOL_CALL, utf8, from, to);
        }

        Map<String, String> shown() {
            Map<String, String> shown = new TreeMap<>();
            texts.forEach((key, text) -> shown.put(key, Wtf8.decode(text)));
            return shown;
        }

        int length(String key) {
            return texts.get(key).size();
        }

        private ByteArrayOutputStream of(int choice, Channel channel) {
            return texts.computeIfAbsent(choice + " " + channel, key -> new ByteArrayOutputStream());
        }
    }
}
