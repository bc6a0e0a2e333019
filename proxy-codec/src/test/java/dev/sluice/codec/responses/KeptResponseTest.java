package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How a provider's own response is ended before its time. Payloads are written with single quotes. */
final class KeptResponseTest {
    private static final StreamCut CUT = new StreamCut("budget_exceeded", "Empty.", Usage.of(3, -1, -1, 2, -1));
    private static final String CREATED = "{'type':'response.created','sequence_number':40,'response':{'id':'resp_1',"
            + "\n'instructions':'Be brief.','status':'in_progress','output':[],'usage':null}}";
    private static final String MESSAGE = "{'type':'response.output_item.added','sequence_number':41,'output_index':0,"
            + "'item':{'id':'msg_1','type':'message','status':'in_progress','content':[],'role':'assistant'}}";
    private static final String PART = "{'type':'response.content_part.added','sequence_number':42,'output_index':0,"
            + "'content_index':0,'part':{'type':'output_text','text':''}}";
    private static final String END = "'incomplete_details':{'reason':'max_output_tokens'},'output':[%s],'usage':"
            + "{'input_tokens':3,'input_tokens_details':{'cached_tokens':0},'output_tokens':2,"
            + "'output_tokens_details':{'reasoning_tokens':0},'total_tokens':5},"
            + "'sluice':{'stopped_by':'budget_exceeded','message':'Empty.'}}}\n\n";

    private static String delta(int number, String text) {
        return "{'type':'response.output_text.delta','sequence_number':" + number
                + ",'output_index':0,'content_index':0,'delta':'" + text + "'}";
    }

    private static AnswerReader told(String... payloads) {
        AnswerReader answer = ResponsesAnswer.of(/* stream= */ true, ChatEvents.IGNORED);
        answer.mayBeCut();
        for (String payload : payloads) {
            tell(answer, payload);
            answer.onPayloadEnd();
        }
        return answer;
    }

    private static void tell(AnswerReader answer, String payload) {
        ByteBuf bytes = Unpooled.copiedBuffer(payload.replace('\'', '"'), UTF_8);
        answer.onPayload(bytes, 0, bytes.readableBytes());
    }

    private static @Nullable String cut(AnswerReader answer) {
        ByteBuf end = answer.cut(CUT);
        return end == null ? null : end.toString(UTF_8).replace('"', '\'');
    }

    @Test
    void whatIsOpenIsClosedAndRepeated() {
        AnswerReader answer = told(CREATED, MESSAGE, PART, delta(43, "It "), delta(44, "rains"));
        tell(answer, "{'type':'response.output_text.delta','delta':' cats");
        String place = "'item_id':'msg_1','output_index':0,'content_index':0,";
        String part = "{'type':'output_text','annotations':[],'text':'It rains','logprobs':[]}";
        String item =
                "{'id':'msg_1','type':'message','role':'assistant','status':'incomplete','content':[" + part + "]}";

        assertThat(cut(answer))
                .isEqualTo(event("response.output_text.done", 45, place + "'text':'It rains','logprobs':[]}\n\n")
                        + event("response.content_part.done", 46, place + "'part':" + part + "}\n\n")
                        + event("response.output_item.done", 47, "'output_index':0,'item':" + item + "}\n\n")
                        + event(
                                "response.incomplete",
                                48,
                                "'response':{'id':'resp_1','instructions':'Be brief.','status':'incomplete',"
                                        + END.formatted(item)));
    }

    private static String event(String type, int number, String rest) {
        return "event: " + type + "\ndata: {'type':'" + type + "','sequence_number':" + number + "," + rest;
    }

    /** Numbers go on from those that hosts leave out. */
    @Test
    void withoutAnyItemTheResponseIsEmpty() {
        String created = CREATED.replace("'sequence_number':40,", "");

        assertThat(cut(told(created)))
                .isEqualTo(event(
                        "response.incomplete",
                        1,
                        "'response':{'id':'resp_1','instructions':'Be brief.','status':'incomplete',"
                                + END.formatted("")));
    }

    @Test
    void whatIsIllegalWasNeverSaid() {
        AnswerReader answer = told(CREATED, MESSAGE, PART, delta(43, "It"), "{'type':", delta(44, " rains"));

        assertThat(cut(answer)).contains("'text':'It rains'");
    }

    @Test
    void beyondWhatIsKeptTheLastEventHasNoItems() {
        AnswerReader answer = told(CREATED, MESSAGE, PART);
        String piece = delta(43, "x".repeat(1 << 19));
        for (int i = 0; i <= KeptResponse.MAX_KEPT_BYTES >> 19; i++) {
            tell(answer, piece);
            answer.onPayloadEnd();
        }

        assertThat(cut(answer)).startsWith("event: response.incomplete\n").endsWith(END.formatted(""));
    }

    @Test
    void aResponseThatHasNotBegunHasNoEnd() {
        assertThat(cut(told())).isNull();
        assertThat(cut(told("{'type':'response.new'}"))).isNull();
    }
}
