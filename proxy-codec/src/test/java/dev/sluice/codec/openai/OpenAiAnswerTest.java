package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OpenAiAnswerTest {
    private static final long NONE = Usage.UNKNOWN;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'content':'x'}",
                "{'content':[{'type':'text','text':'x'}]}",
                "{'refusal':'no'}",
                "{'reasoning':'r'}",
                "{'reasoning_content':'r'}",
                "{'reasoning_details':[{}]}",
                "{'tool_calls':[{'index':0}]}",
                "{'function_call':{'name':'f'}}",
                "{'audio':{'id':'a'}}",
                "{'images':[{}]}",
                "{'role':'a','content':' '}"
            })
    void generatedOutputIsContent(String delta) {
        assertThat(event("{'choices':[{'index':0,'delta':" + delta + "}]}")).isEqualTo(Event.CONTENT);
        assertThat(bodyEvent("{'choices':[{'index':0,'message':" + delta + "}]}"))
                .isEqualTo(Event.CONTENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "null",
                "{'role':'assistant'}",
                "{'content':null,'tool_calls':null,'refusal':null}",
                "{'content':'','tool_calls':[]}",
                "{'role':'assistant','content':'','reasoning':''}",
                "{'audio':{}}",
                "{'other':'x'}",
                "{'nested':{'content':'x'}}",
                "[{'content':'x'}]"
            })
    void anEmptyDeltaIsNoContent(String delta) {
        assertThat(event("{'choices':[{'index':0,'delta':" + delta + "}]}")).isEqualTo(Event.OTHER);
    }

    @Test
    void knowsTheOutputOfTheOtherEndpoints() {
        assertThat(event("{'choices':[{'text':'x','index':0}]}")).isEqualTo(Event.CONTENT);
        assertThat(event("{'choices':[{'text':'','index':0}]}")).isEqualTo(Event.OTHER);
        assertThat(bodyEvent("{'object':'list','data':[{'embedding':[0.1,-2e-3]}]}"))
                .isEqualTo(Event.CONTENT);
        assertThat(bodyEvent("{'object':'list','data':[{'embedding':'AAAA'}]}")).isEqualTo(Event.CONTENT);
        assertThat(bodyEvent("{'results':[{'flagged':false}]}")).isEqualTo(Event.CONTENT);
        assertThat(bodyEvent("{'object':'list','data':[]}")).isEqualTo(Event.OTHER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'x','choices':null}",
                "{'choices':[],'prompt_filter_results':[]}",
                "{'choices':[],'usage':null}",
                "{'choices':[],'usage':{}}",
                "{'choices':[],'usage':{'prompt_tokens':0,'completion_tokens':0}}",
                "{}",
                "{'usage':{'prompt_tokens':3}}",
                "{'choices':null,'usage':{'prompt_tokens':3}}",
                "{'choices':[{'index':0,'delta':{}}],'usage':{'prompt_tokens':3}}",
                "{'choices':{},'usage':{'prompt_tokens':3}}"
            })
    void onlyAReportBesideAnEmptyListOfChoicesIsUsageOnly(String payload) {
        assertThat(event(payload)).isEqualTo(Event.OTHER);
        assertThat(event("{'choices':[],'usage':{'prompt_tokens':3,'completion_tokens':0}}"))
                .isEqualTo(Event.USAGE_ONLY);
        assertThat(event("{'usage':{'prompt_tokens':3},'choices':[ ]}")).isEqualTo(Event.USAGE_ONLY);
        assertThat(event("{'choices':[],'usage':{'prompt_tokens':3},'error':{'message':'x'}}"))
                .isEqualTo(Event.ERROR);
    }

    @Test
    void knowsTheEndMarker() {
        for (String marker : List.of("[DONE]", " [DONE]", "[DONE] ", "[DONE]\nmore")) {
            AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
            assertThat(feed(answer, marker)).isEqualTo(Event.DONE);
            assertThat(answer.finished()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[DONE", "[done]", "[]", "[{}]", "12", "true", "'x'", "{", "{'a':1", "DONE", "<p>", "nul"})
    void whatIsNoObjectIsMalformed(String payload) {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        assertThat(feed(answer, payload)).isEqualTo(Event.MALFORMED);
        assertThat(answer.finished()).isFalse();
        assertThat(bodyEvent(payload)).isEqualTo(Event.MALFORMED);
    }

    @Test
    void emptyPayloadsAreHeartbeats() {
        for (String payload : List.of("", " ", "\n", "null", " null ")) {
            assertThat(event(payload)).isEqualTo(Event.EMPTY);
        }
        assertThat(bodyEvent("null")).isEqualTo(Event.MALFORMED);
        assertThat(bodyEvent("[DONE]")).isEqualTo(Event.MALFORMED);
    }

    @Test
    void finishesWithTheLastChoiceThatWasSeen() {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        assertThat(answer.finished()).isFalse();
        feed(answer, "{'choices':[{'index':0,'delta':{'content':'a'}},{'index':127,'delta':{'content':'b'}}]}");
        feed(answer, "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}");
        assertThat(answer.finished()).isFalse();
        feed(answer, "{'choices':[{'finish_reason':'','index':127}]}");
        assertThat(answer.finished()).isFalse();
        feed(answer, "{'choices':[{'finish_reason':'length','index':127}]}");
        assertThat(answer.finished()).isTrue();
    }

    @Test
    void aFinishIsNeverTakenBack() {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        feed(answer, "{'choices':[{'index':0,'finish_reason':'stop'}]}");
        feed(answer, "{'choices':[{'index':0,'finish_reason':null,'content_filter_results':{}}]}");
        assertThat(answer.finished()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"64", "128", "5000", "-1", "1.0", "null"})
    void unusualIndexesAreSeenAndFinish(String index) {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        feed(answer, "{'choices':[{'index':" + index + ",'delta':{'content':'a'}}]}");
        assertThat(answer.finished()).isFalse();
        feed(answer, "{'choices':[{'index':" + index + ",'delta':{},'finish_reason':'stop'}]}");
        assertThat(answer.finished()).isTrue();
    }

    @Test
    void aWholeAnswerHasFinishedWhenItIsJsonWithoutAnError() {
        AnswerReader good = OpenAiAnswer.of(false, /* legacy= */ false, ChatEvents.IGNORED);
        feed(good, "{'choices':[]}");
        assertThat(good.finished()).isTrue();
        AnswerReader bad = OpenAiAnswer.of(false, /* legacy= */ false, ChatEvents.IGNORED);
        feed(bad, "{'error':{'message':'x'}}");
        assertThat(bad.finished()).isFalse();
    }

    @Test
    void readsUsageInTheShapeOfEachHost() {
        assertThat(usage("'usage':{'prompt_tokens':9,'completion_tokens':4,'total_tokens':13,"
                        + "'prompt_tokens_details':{'cached_tokens':5,'cache_write_tokens':2},"
                        + "'completion_tokens_details':{'reasoning_tokens':3}}"))
                .isEqualTo(Usage.of(9, 5, 2, 4, 3));
        assertThat(usage("'usage':{'prompt_tokens':9,'completion_tokens':4,'prompt_cache_hit_tokens':6}"))
                .isEqualTo(Usage.of(9, 6, NONE, 4, NONE));
        assertThat(usage("'usage':{'prompt_tokens':9,'completion_tokens':4,'cached_tokens':7}"))
                .isEqualTo(Usage.of(9, 7, NONE, 4, NONE));
        assertThat(usage("'usage':{'cached_tokens':7,'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':0}}"))
                .isEqualTo(Usage.of(9, 0, NONE, NONE, NONE));
        assertThat(usage("'x_groq':{'id':'r','usage':{'prompt_tokens':9,'completion_tokens':4}}"))
                .isEqualTo(Usage.of(9, NONE, NONE, 4, NONE));
        assertThat(usage("'choices':[{'index':0,'usage':{'prompt_tokens':9,'completion_tokens':4}}]"))
                .isEqualTo(Usage.of(9, NONE, NONE, 4, NONE));
        assertThat(usage("'usage':{'prompt_tokens':7,'total_tokens':7}"))
                .isEqualTo(Usage.of(7, NONE, NONE, NONE, NONE));
    }

    @Test
    void reasoningIsPartOfTheOutput() {
        String report = "'usage':{'prompt_tokens':12,'completion_tokens':%d,'total_tokens':%d,"
                + "'completion_tokens_details':{'reasoning_tokens':290}}";
        assertThat(usage(String.format(report, 1, 303))).isEqualTo(Usage.of(12, NONE, NONE, 291, 290));
        assertThat(usage(String.format(report, 300, 312))).isEqualTo(Usage.of(12, NONE, NONE, 300, 290));
        assertThat(usage(String.format(report, 100, 112))).isEqualTo(Usage.of(12, NONE, NONE, 100, 100));
    }

    @Test
    void ofEachFigureTheLargestReportCountsAndPlaceholdersDoNot() {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        feed(answer, "{'usage':{'prompt_tokens':9,'completion_tokens':1,'cached_tokens':3}}");
        feed(answer, "{'usage':{'prompt_tokens':9,'completion_tokens':5}}");
        assertThat(answer.usage()).isEqualTo(Usage.of(9, 3, NONE, 5, NONE));
        for (String placeholder : List.of(
                "null",
                "{}",
                "{'prompt_tokens':0,'completion_tokens':0}",
                "[]",
                "'x'",
                "{'prompt_tokens':null}",
                "{'prompt_tokens':-4}",
                "{'prompt_tokens':'8'}")) {
            feed(answer, "{'usage':" + placeholder + "}");
            assertThat(answer.usage()).as(placeholder).isEqualTo(Usage.of(9, 3, NONE, 5, NONE));
        }
    }

    @Test
    void theReportAtTheTopWinsOverItsEcho() {
        String top = "'usage':{'prompt_tokens':9}";
        String echo = "'x_groq':{'usage':{'prompt_tokens':8}}";
        assertThat(usage(top + "," + echo).inputTokens()).isEqualTo(9);
        assertThat(usage(echo + "," + top).inputTokens()).isEqualTo(9);
    }

    @Test
    void neverMistakesAMemberForOneOfTheSameNameElsewhere() {
        String hostile = "{'a':{'usage':{'prompt_tokens':1},'error':{'message':'x'},'choices':[],'model':'no'},"
                + "'choices':[{'index':0,'error':'x','delta':{'error':'x','usage':{'prompt_tokens':1},"
                + "'tool_calls':[{'finish_reason':'stop','function':{'arguments':'{\\'usage\\':{\\'prompt_tokens\\':7}}'}}],"
                + "'finish_reason':'stop'}}],'metadata':[{'error':1}],'text':'\\\\','model':'yes'}";
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        assertThat(feed(answer, hostile)).isEqualTo(Event.CONTENT);
        assertThat(answer.usage()).isEqualTo(Usage.NONE);
        assertThat(answer.finished()).isFalse();
        assertThat(answer.model()).isEqualTo("yes");
    }

    @Test
    void takesTheFirstModelThatIsNamed() {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        assertThat(answer.model()).isNull();
        feed(answer, "{'model':'','choices':[]}");
        feed(answer, "{'model':null}");
        assertThat(answer.model()).isNull();
        feed(answer, "{'model':'gpt-\\u00fc'}");
        feed(answer, "{'model':'other'}");
        assertThat(answer.model()).isEqualTo("gpt-ü");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "false", "''", "{}", "[]"})
    void anErrorThatSaysNothingIsNone(String error) {
        assertThat(event("{'choices':[{'index':0,'delta':{'content':'x'}}],'error':" + error + "}"))
                .isEqualTo(Event.CONTENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'error':{'message':'m','type':'server_error'}} | UPSTREAM_ERROR",
                "{'error':'overload'} | UPSTREAM_ERROR",
                "{'error':true} | UPSTREAM_ERROR",
                "{'error':{'code':429}} | RATE_LIMITED",
                "{'error':{'code':'429'}} | RATE_LIMITED",
                "{'error':{'type':'tokens','code':'rate_limit_exceeded'}} | RATE_LIMITED",
                "{'error':{'code':'insufficient_quota'}} | RATE_LIMITED",
                "{'error':{'code':'invalid_api_key','type':'invalid_request_error'}} | UPSTREAM_AUTH",
                "{'error':{'code':'tool_use_failed','status_code':400}} | INVALID_REQUEST",
                "{'error':{'type':'overloaded_error'}} | OVERLOADED",
                "{'error':{'code':504}} | UPSTREAM_TIMEOUT",
                "{'object':'error','message':'m','type':'invalid_request_error','raw_status_code':400} | INVALID_REQUEST",
                "{'object':'error','message':'m','code':503} | OVERLOADED"
            })
    void errorsInsideAnAnswerGoIntoTheCatalogue(String payload, ErrorKind kind) {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        assertThat(feed(answer, payload)).isEqualTo(Event.ERROR);
        assertThat(error(answer).kind()).isEqualTo(kind);
        assertThat(bodyEvent(payload)).isEqualTo(Event.ERROR);
    }

    @Test
    void theNameOfTheEventCountsOnlyWhereThePayloadIsSilent() {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        answer.onNamedError();
        assertThat(feed(answer, "{'message':'slow','code':400}")).isEqualTo(Event.ERROR);
        assertThat(error(answer).message()).isEqualTo("slow");
        answer.onNamedError();
        assertThat(feed(answer, "{'choices':[{'index':0,'delta':{}}]}")).isEqualTo(Event.OTHER);
        assertThat(feed(answer, "{'message':'slow'}")).isEqualTo(Event.OTHER);
    }

    @Test
    void oneErrorLeavesNothingToTheNext() {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        feed(answer, "{'error':{'message':'first','code':400,'param':'p'}}");
        feed(answer, "{'error':{'message':'second'}}");
        assertThat(error(answer).kind()).isEqualTo(ErrorKind.UPSTREAM_ERROR);
        assertThat(error(answer).message()).contains("second").doesNotContain("first");
    }

    @Test
    void megabytesOfAnswerLeaveItsReaderSmall() {
        AnswerReader answer = OpenAiAnswer.of(false, /* legacy= */ false, ChatEvents.IGNORED);
        Cuts cuts = Cuts.direct();
        byte[] piece = "A".repeat(1 << 20).getBytes(UTF_8);
        offer(answer, "{'data':[{'embedding':'", cuts);
        for (int i = 0; i < 64; i++) {
            ByteBuf buffer = cuts.buffer(piece, 0, piece.length);
            answer.onPayload(buffer, buffer.readerIndex(), buffer.readableBytes());
            buffer.release();
        }
        offer(answer, "'}],'model':'e','usage':{'prompt_tokens':5}}", cuts);
        assertThat(answer.onPayloadEnd()).isEqualTo(Event.CONTENT);
        assertThat(answer.usage().inputTokens()).isEqualTo(5);
    }

    private static GatewayError error(AnswerReader answer) {
        return Objects.requireNonNull(answer.error());
    }

    private static Usage usage(String members) {
        AnswerReader answer = OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED);
        feed(answer, "{" + members + "}");
        return answer.usage();
    }

    private static Event event(String payload) {
        return feed(OpenAiAnswer.of(true, /* legacy= */ false, ChatEvents.IGNORED), payload);
    }

    private static Event bodyEvent(String payload) {
        return feed(OpenAiAnswer.of(false, /* legacy= */ false, ChatEvents.IGNORED), payload);
    }

    /** Feeds a payload, written with single quotes for double ones, in one piece and in many: all must agree. */
    private static Event feed(AnswerReader answer, String payload) {
        byte[] bytes = payload.replace('\'', '"').getBytes(UTF_8);
        for (boolean stream : new boolean[] {true, false}) {
            Event whole = feed(
                    OpenAiAnswer.of(stream, /* legacy= */ false, ChatEvents.IGNORED), bytes, new int[] {bytes.length});
            Cuts.forEachCut(
                    bytes.length,
                    5,
                    cut -> assertThat(
                                    feed(OpenAiAnswer.of(stream, /* legacy= */ false, ChatEvents.IGNORED), bytes, cut))
                            .isEqualTo(whole));
        }
        return feed(answer, bytes, new int[] {bytes.length});
    }

    private static Event feed(AnswerReader answer, byte[] bytes, int[] cut) {
        Cuts cuts = Cuts.direct();
        int from = 0;
        for (int end : cut) {
            ByteBuf buffer = cuts.buffer(bytes, from, end);
            answer.onPayload(buffer, buffer.readerIndex(), buffer.readableBytes());
            buffer.release();
            from = end;
        }
        assertThat(cuts.unreleasedBytes()).isZero();
        return answer.onPayloadEnd();
    }

    private static void offer(AnswerReader answer, String text, Cuts cuts) {
        byte[] bytes = text.replace('\'', '"').getBytes(UTF_8);
        ByteBuf buffer = cuts.buffer(bytes, 0, bytes.length);
        answer.onPayload(buffer, buffer.readerIndex(), buffer.readableBytes());
        buffer.release();
    }
}
