package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each event of a stream is to a relay. Payloads are written with single quotes. */
final class ResponsesAnswerTest {
    private static final String DELTA = "{'type':'response.output_text.delta','sequence_number':4,'item_id':'msg_1',"
            + "'output_index':0,'content_index':0,'delta':' snow','logprobs':[],'obfuscation':'x9yB2'}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "{'type':'response.created','response':{'id':'r','output':[],'usage':null}} ! OTHER",
                "{'type':'response.output_item.added','output_index':0,'item':{'type':'message','content':[]}} ! OTHER",
                "{'type':'response.output_item.added','output_index':0,'item':{'type':'reasoning','summary':[]}} ! OTHER",
                "{'type':'response.output_item.added','output_index':0,'item':{'type':'function_call','name':'f'}} ! CONTENT",
                "{'type':'response.output_item.added','output_index':0,'item':{'type':'web_search_call'}} ! CONTENT",
                "{'type':'response.content_part.added','part':{'type':'output_text','text':''}} ! OTHER",
                "{'type':'response.output_text.delta','delta':'a'} ! CONTENT",
                "{'type':'response.output_text.delta','delta':''} ! OTHER",
                "{'type':'response.output_text.done','text':'a'} ! CONTENT",
                "{'type':'response.code_interpreter_call_code.delta','delta':'1'} ! CONTENT",
                "{'type':'response.image_generation_call.partial_image','partial_image_b64':'AA'} ! CONTENT",
                "{'type':'response.output_item.added','output_index':0,'item':{'type':'custom_tool_call'}} ! CONTENT",
                "{'type':'response.output_item.done','item':{'type':'message','content':[]}} ! OTHER",
                "{'type':'response.output_item.done','item':{'type':'message','content':[{'text':''}]}} ! OTHER",
                "{'type':'response.output_item.done','item':{'type':'message','content':[{'text':'a'}]}} ! CONTENT",
                "{'type':'response.output_item.done','item':{'type':'message','content':[{'refusal':'a'}]}} ! CONTENT",
                "{'type':'response.output_item.done','item':{'type':'reasoning','summary':[]}} ! OTHER",
                "{'type':'response.output_item.done','item':{'type':'reasoning','summary':[{'text':'a'}]}} ! CONTENT",
                "{'type':'response.output_item.done','item':{'type':'reasoning','encrypted_content':'a'}} ! CONTENT",
                "{'type':'response.output_item.done','item':{'type':'function_call','name':'f'}} ! CONTENT",
                "{'type':'response.output_item.done','item':{'type':'web_search_call'}} ! CONTENT",
                "{'type':'response.completed','response':{'status':'completed'}} ! DONE",
                "{'type':'response.incomplete','response':{'status':'incomplete'}} ! DONE",
                "{'type':'response.failed','response':{'status':'failed','error':{'code':'x'}}} ! ERROR",
                "{'type':'error','message':'x'} ! ERROR",
                "{'type':'response.new','error':null} ! OTHER",
                "{'error':{'message':'x'}} ! ERROR",
                "{'error':null} ! OTHER",
                "[DONE] ! DONE",
                "[DONE ! MALFORMED",
                "[] ! MALFORMED",
                "null ! EMPTY",
                "7 ! MALFORMED",
                "{'type': ! MALFORMED",
            })
    void everyPayloadIsOneOfAKind(String payload, Event event) {
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, ChatEvents.IGNORED);
        assertThat(feed(answer, payload)).isEqualTo(event);
        assertThat(answer.finished()).isEqualTo(payload.contains("completed") || payload.contains("incomplete"));
    }

    @Test
    void aPayloadOfNothingIsAHeartbeat() {
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, ChatEvents.IGNORED);
        assertThat(answer.onPayloadEnd()).isEqualTo(Event.EMPTY);
        assertThat(feed(answer, " \t")).isEqualTo(Event.EMPTY);
    }

    @Test
    void knowsWhatTheAnswerSaysOfItself() {
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, ChatEvents.IGNORED);
        feed(answer, "{'type':'response.created','response':{'id':'r','model':'m-1','service_tier':'auto'}}");
        assertThat(answer.serviceTier()).isEqualTo("auto");
        feed(
                answer,
                "{'type':'response.completed','response':{'id':'r2','model':'m-2','service_tier':'flex',"
                        + "'usage':{'input_tokens':3,'output_tokens':4,'total_tokens':7}}}");
        assertThat(answer.model()).isEqualTo("m-1");
        assertThat(answer.serviceTier()).isEqualTo("flex");
        assertThat(answer.reportedUsage()).isTrue();
        assertThat(answer.usage().outputTokens()).isEqualTo(4);
    }

    @Test
    void aNamedErrorWithoutWordsIsOne() {
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, ChatEvents.IGNORED);
        answer.onNamedError();
        assertThat(feed(answer, "{}")).isEqualTo(Event.ERROR);
        // The name counts for its own payload only.
        assertThat(feed(answer, "{}")).isEqualTo(Event.OTHER);
    }

    @Test
    void indexesBeyondAllMeasureShareAPlace() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, recorder);
        for (String index : new String[] {"5000000000", "2147483647", "4096"}) {
            feed(answer, "{'type':'response.output_text.delta','output_index':" + index + ",'delta':'a'}");
        }
        assertThat(recorder).hasToString("text 0 CONTENT aaa\n");
    }

    @Test
    void manyItemsOfAWholeAnswerAreAllTold() {
        StringBuilder body = new StringBuilder("{'output':[");
        for (int i = 0; i < 1500; i++) {
            body.append(i == 0 ? "" : ",").append("{'type':'function_call','name':'f','call_id':'c','arguments':'{}'}");
        }
        int[] told = new int[2];
        AnswerReader answer = ResponsesAnswer.of(
                /* stream= */ false, new ChatEvents() {
                    @Override
                    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {}

                    @Override
                    public void onToolCall(int choice, int call, @Nullable String id, String name) {
                        assertThat(call).isEqualTo(told[0]++);
                    }

                    @Override
                    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
                        told[1] += to - from;
                    }
                });
        assertThat(feed(answer, body + "]}")).isEqualTo(Event.CONTENT);
        assertThat(told).containsExactly(1500, 3000);
    }

    @Test
    void allocatesNothingForADeltaAndSaysItAgainForLittle() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, ChatEvents.IGNORED);
        AnswerPlan plan = new AnswerPlan(Endpoint.RESPONSES, true, "m", "r", 1, false, -1, /* query= */ null);
        UnpooledByteBufAllocator allocator =
                new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);
        ResponsesEncoder encoder = new ResponsesEncoder(plan, allocator);
        AnswerReader translated = ResponsesAnswer.of(/* stream= */ true, encoder);
        ByteBuf delta = Unpooled.copiedBuffer(DELTA.replace('\'', '"'), UTF_8);
        long leastRead = Long.MAX_VALUE;
        long leastBoth = Long.MAX_VALUE;
        for (int run = 0; run < 20; run++) {
            long start = threads.getCurrentThreadAllocatedBytes();
            repeat(answer, delta, /* encoder= */ null);
            long middle = threads.getCurrentThreadAllocatedBytes();
            repeat(translated, delta, encoder);
            leastRead = Math.min(leastRead, middle - start);
            leastBoth = Math.min(leastBoth, threads.getCurrentThreadAllocatedBytes() - middle);
        }
        encoder.close();
        assertThat(leastRead / 1000).isZero();
        assertThat(leastBoth / 1000).isLessThan(1024);
    }

    private static void repeat(AnswerReader answer, ByteBuf payload, @Nullable ResponsesEncoder encoder) {
        for (int i = 0; i < 1000; i++) {
            answer.onPayload(payload, 0, payload.readableBytes());
            answer.onPayloadEnd();
            ByteBuf written = encoder == null ? null : encoder.take();
            if (written != null) {
                written.release();
            }
        }
    }

    private static Event feed(AnswerReader answer, String payload) {
        ByteBuf bytes = Unpooled.copiedBuffer(payload.replace('\'', '"'), UTF_8);
        answer.onPayload(bytes, 0, bytes.readableBytes());
        return answer.onPayloadEnd();
    }
}
