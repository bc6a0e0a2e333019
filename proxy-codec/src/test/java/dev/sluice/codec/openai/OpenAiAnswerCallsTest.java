package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls at the limits of what is kept. Payloads are written with single quotes for double ones. */
final class OpenAiAnswerCallsTest {
    private static final String LARGE = "x".repeat(3 * OpenAiText.MAX_KEPT_BYTES);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'index':0,'id':'a','function':{'name':'f','arguments':'ARGS'}}",
                "{'function':{'name':'f','arguments':'ARGS'},'id':'a','index':0}",
                "{'function':{'arguments':'ARGS','name':'f'},'id':'a','index':0}",
                "{'function':{'arguments':'ARGS','name':'f'},'index':0,'id':'a'}",
                "{'id':'a','index':0,'function':{'arguments':'ARGS','name':'f'}}"
            })
    void largeArgumentsAreToldWholeWhateverTheOrder(String call) {
        String large = call.replace("ARGS", LARGE);
        String payload = "{'id':'c','model':'m','choices':[{'index':0,'message':{'content':'t','tool_calls':[" + large
                + ",{'index':1,'id':'b','function':{'name':'g','arguments':'{}'}}]}}]}";
        String idSeen = call.indexOf("'id'") < call.indexOf("ARGS") || call.indexOf("'name'") > call.indexOf("ARGS")
                ? "a"
                : "-";
        String expected = "text 0 CONTENT t\ncall 0 0 " + idSeen + " f\nargs 0 0 " + LARGE
                + "\ncall 0 1 b g\nargs 0 1 {}\nfinish 0 TOOL_CALLS\n";
        assertThat(body(payload, Integer.MAX_VALUE)).endsWith(expected);
        assertThat(body(payload, 1000)).endsWith(expected);
    }

    @Test
    void anObjectOfArgumentsMayBeLargeToo() {
        String object = "{'a': ['" + LARGE + "', 1.50]}";
        assertThat(body(
                        "{'choices':[{'message':{'tool_calls':[{'function':{'name':'f','arguments':" + object
                                + "}}]}}]}",
                        700))
                .endsWith("args 0 0 " + object.replace('\'', '"') + "\nfinish 0 TOOL_CALLS\n");
    }

    @Test
    void ofACallThatCannotBeKeptUntilItsNameComesNothingIsTold() {
        String endless = "x".repeat(OpenAiAnswerCall.MAX_UNNAMED_BYTES + 1);
        assertThat(body(
                        "{'choices':[{'message':{'tool_calls':[{'function':{'arguments':'" + endless
                                + "','name':'f'},'id':'a'},{'id':'b','function':{'name':'g','arguments':'{}'}}]}}]}",
                        5000))
                .isEqualTo("start - -\ncall 0 0 b g\nargs 0 0 {}\nfinish 0 TOOL_CALLS\n");
    }

    @Test
    void anIdBehindLargeArgumentsStillMarksTheCall() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, recorder);
        feed(answer, call("{'function':{'name':'f','arguments':'" + LARGE + "'},'id':'a','index':3}"), 999);
        feed(answer, call("{'index':4,'id':'b','function':{'name':'g','arguments':'{}'}}"), 999);
        feed(answer, call("{'index':3,'function':{'arguments':'!'}}"), 999);
        assertThat(recorder.toString())
                .isEqualTo("start - -\ncall 0 0 - f\nargs 0 0 " + LARGE + "\ncall 0 1 b g\nargs 0 1 {}\nargs 0 0 !\n");
    }

    @Test
    void argumentsWithoutANameAreKeptForIt() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, recorder);
        for (int i = 0; i < 4; i++) {
            feed(answer, call("{'index':0,'function':{'arguments':'" + LARGE + "'}}"), 40_000);
        }
        assertThat(recorder.toString()).doesNotContain("call");
        feed(answer, call("{'index':0,'function':{'name':'f'}}"), 40_000);
        assertThat(recorder.toString()).endsWith("call 0 0 - f\nargs 0 0 " + LARGE + LARGE + LARGE + LARGE + "\n");
    }

    @Test
    void countsMoreCallsThanItRemembers() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, recorder);
        int calls = OpenAiAnswerCalls.MAX_CALLS + 10;
        for (int i = 0; i < calls; i++) {
            feed(answer, call("{'index':" + i + ",'id':'id" + i + "','function':{'name':'f','arguments':'{}'}}"), 999);
        }
        feed(answer, call("{'index':0,'function':{'arguments':'late'}}"), 999);
        feed(answer, call("{'index':20,'function':{'arguments':'!'}}"), 999);
        assertThat(recorder.toString())
                .contains("call 0 " + (calls - 1) + " id" + (calls - 1) + " f\n")
                .doesNotContain("late")
                .endsWith("args 0 20 !\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"},", "}]", "}", "]}}]},"})
    void aPayloadThatBreaksOffBeginsNoCall(String end) {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, recorder);
        String broken =
                "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'a','function':{'name':'f'}" + end;
        assertThat(feed(answer, broken, 999)).isEqualTo(Event.MALFORMED);
        feed(answer, call("{'index':0,'id':'b','function':{'name':'g','arguments':'{}'}}"), 999);
        assertThat(recorder.toString()).isEqualTo("start - -\ncall 0 0 b g\nargs 0 0 {}\n");
    }

    @Test
    void aSignatureIsNeverCut() {
        assertThat(body(
                        "{'choices':[{'message':{'content':'t','reasoning_details':[{'type':'reasoning.text','text':'r',"
                                + "'format':'anthropic-claude-v1','signature':'" + LARGE + "'}]}}]}",
                        100))
                .isEqualTo("start - -\ntext 0 REASONING r\nsignature 0 - ANTHROPIC " + LARGE
                        + "\ntext 0 CONTENT t\nfinish 0 STOP\n");
    }

    @Test
    void largeAnswersAreTheSameHoweverTheyAreCut() {
        String payload = "{'id':'c','model':'m','choices':[{'message':{'reasoning':'" + LARGE + "','content':'" + LARGE
                + "','tool_calls':[{'id':'a','function':{'arguments':'" + LARGE + "','name':'f'}},{'id':'b','function':"
                + "{'name':'g','arguments':'" + LARGE + "'}}],'refusal':'no'},'finish_reason':'stop'}]}";
        String whole = body(payload, Integer.MAX_VALUE);
        assertThat(whole).hasSizeGreaterThan(4 * LARGE.length());
        Random random = new Random(7);
        for (int i = 0; i < 5; i++) {
            assertThat(sorted(body(payload, 1 + random.nextInt(100_000)))).isEqualTo(sorted(whole));
        }
    }

    @Test
    void allocatesNothingForAFragment() {
        long[] bytes = new long[1];
        AnswerReader answer = OpenAiAnswer.of(
                true,
                /* legacy= */ false,
                new ChatEvents() {
                    @Override
                    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {}

                    @Override
                    public void onToolCall(int choice, int call, @Nullable String id, String name) {}

                    @Override
                    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
                        bytes[0] += to - from;
                    }
                });
        feed(answer, call("{'index':0,'id':'a','function':{'name':'f','arguments':''}}"), 999);
        byte[] event = call("{'index':0,'id':'','function':{'name':'','arguments':'snow'}}")
                .replace('\'', '"')
                .getBytes(UTF_8);
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
        assertThat(bytes[0]).isEqualTo(20 * 1000 * 4);
        // The measurement itself may count a few bytes; one object an event would be 16,000.
        assertThat(least).isLessThan(1000);
    }

    private static String call(String fragment) {
        return "{'choices':[{'index':0,'delta':{'tool_calls':[" + fragment + "]}}]}";
    }

    private static String body(String payload, int longest) {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(false, /* legacy= */ false, recorder);
        feed(answer, payload, longest);
        answer.onEnd();
        return recorder.toString();
    }

    private static String sorted(String script) {
        return String.join("\n", script.lines().sorted().toList());
    }

    private static Event feed(AnswerReader answer, String payload, int longest) {
        byte[] bytes = payload.replace('\'', '"').getBytes(UTF_8);
        for (int from = 0; from < bytes.length; ) {
            int to = (int) Math.min(bytes.length, (long) from + longest);
            answer.onPayload(Unpooled.wrappedBuffer(bytes, from, to - from), 0, to - from);
            from = to;
        }
        return answer.onPayloadEnd();
    }
}
