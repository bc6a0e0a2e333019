package dev.sluice.codec.usage;

import static dev.sluice.codec.chat.Usage.UNKNOWN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonShape;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class UsageFiguresTest {

    @Test
    void reportsAreNeverSummedOfEachFigureTheLargestCounts() {
        Reading cumulative = new Reading(UsageShape.OPENAI);
        for (int output = 1; output <= 5; output++) {
            cumulative.feed("{'usage':{'prompt_tokens':9,'completion_tokens':" + output + "}}");
        }
        assertThat(cumulative.reported()).isEqualTo(Usage.of(9, UNKNOWN, UNKNOWN, 5, UNKNOWN));

        Reading split = new Reading(UsageShape.ANTHROPIC);
        split.feed("{'message':{'usage':{'input_tokens':9,'cache_read_input_tokens':4,'output_tokens':3}}}");
        assertThat(split.reported())
                .as("the output is a placeholder")
                .isEqualTo(Usage.of(13, 4, UNKNOWN, UNKNOWN, UNKNOWN));
        split.feed("{'usage':{'output_tokens':2}}");
        assertThat(split.reported()).isEqualTo(Usage.of(13, 4, UNKNOWN, 2, UNKNOWN));
        split.feed("{'usage':{'input_tokens':11,'cache_read_input_tokens':4,'output_tokens':7}}");
        assertThat(split.reported()).isEqualTo(Usage.of(15, 4, UNKNOWN, 7, UNKNOWN));
    }

    @Test
    void aReportWithoutAPositiveFigureIsAPlaceholder() {
        Reading reading = new Reading(UsageShape.OPENAI);
        for (String placeholder : new String[] {
            "null",
            "{}",
            "[]",
            "'x'",
            "{'prompt_tokens':0,'completion_tokens':0}",
            "{'prompt_tokens':-4}",
            "{'prompt_tokens':'8'}",
            "{'prompt_tokens':1e3}",
            "{'is_byok':true,'cost':0}"
        }) {
            assertThat(reading.feed("{'usage':" + placeholder + "}"))
                    .as(placeholder)
                    .isFalse();
            assertThat(reading.reported()).as(placeholder).isEqualTo(Usage.NONE);
        }
        assertThat(reading.feed("{'usage':{'prompt_tokens':3,'completion_tokens':0}}"))
                .isTrue();
        assertThat(reading.reported()).isEqualTo(Usage.of(3, UNKNOWN, UNKNOWN, 0, UNKNOWN));
    }

    @Test
    void aReportElsewhereCountsOnlyWithoutOneAtTheTop() {
        String top = "'usage':{'prompt_tokens':9}";
        String echo = "'x_groq':{'usage':{'prompt_tokens':12,'completion_tokens':1}}";
        for (String members : new String[] {top + "," + echo, echo + "," + top}) {
            Reading reading = new Reading(UsageShape.OPENAI);
            assertThat(reading.feed("{" + members + "}")).isTrue();
            assertThat(reading.reported()).as(members).isEqualTo(Usage.of(9, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN));
        }
        Reading alone = new Reading(UsageShape.OPENAI);
        assertThat(alone.feed("{" + echo + "}")).isTrue();
        assertThat(alone.feed("{'usage':null,'x_groq':{'usage':{'completion_tokens':2}}}"))
                .isTrue();
        assertThat(alone.reported()).isEqualTo(Usage.of(12, UNKNOWN, UNKNOWN, 2, UNKNOWN));
    }

    @Test
    void whatABrokenPayloadBeganIsForgotten() {
        Reading reading = new Reading(UsageShape.OPENAI);
        assertThat(reading.feed(
                        "{'usage':{'prompt_tokens':99,'is_byok':true,'cost_details':{'upstream_inference_cost':5},"))
                .isFalse();
        reading.feed("{'usage':{'completion_tokens':1,'cost':2}}");
        assertThat(reading.reported().inputTokens()).isEqualTo(UNKNOWN);
        assertThat(reading.reported().costNano()).isEqualTo(2_000_000_000L);

        Reading parts = new Reading(UsageShape.GEMINI);
        parts.feed("{'usageMetadata':{'promptTokensDetails':[{'modality':'AUDIO','tokenCount':7");
        parts.feed(
                "{'usageMetadata':{'promptTokenCount':8,'promptTokensDetails':[{'tokenCount':5},{'modality':'AUDIO'}]}}");
        assertThat(parts.reported().inputAudioTokens()).isEqualTo(UNKNOWN);
    }

    @Test
    void reasoningIsWithinTheOutputBesideItOrWhereTheTotalPutsIt() {
        String openai = "{'usage':{'prompt_tokens':12,'completion_tokens':%d,'total_tokens':%d,"
                + "'completion_tokens_details':{'reasoning_tokens':290}}}";
        assertThat(read(UsageShape.OPENAI, openai.formatted(300, 312))).isEqualTo(text(12, 300, 290));
        assertThat(read(UsageShape.OPENAI, openai.formatted(1, 303))).isEqualTo(text(12, 291, 290));
        assertThat(read(UsageShape.OPENAI, openai.formatted(100, 112))).isEqualTo(text(12, 100, 100));

        String gemini = "{'usageMetadata':{'promptTokenCount':12,%s'thoughtsTokenCount':290}}";
        assertThat(read(UsageShape.GEMINI, gemini.formatted("'candidatesTokenCount':10,")))
                .isEqualTo(text(12, 300, 290));
        assertThat(read(UsageShape.GEMINI, gemini.formatted(""))).isEqualTo(text(12, 290, 290));

        assertThat(
                        read(
                                UsageShape.ANTHROPIC,
                                "{'usage':{'input_tokens':12,'output_tokens':300,'output_tokens_details':{'thinking_tokens':290}}}"))
                .isEqualTo(text(12, 300, 290));
    }

    /** Recorded: a prompt of 169 tokens becomes one of 79, and the total agrees with the last report. */
    @Test
    void ofGeminiTheLastReportCountsWhole() {
        Reading shrinking = new Reading(UsageShape.GEMINI);
        shrinking.feed(
                "{'usageMetadata':{'promptTokenCount':169,'cachedContentTokenCount':64,'candidatesTokenCount':15}}");
        shrinking.feed(
                "{'usageMetadata':{'promptTokenCount':79,'toolUsePromptTokenCount':11,'thoughtsTokenCount':40}}");
        shrinking.feed("{'usageMetadata':{'trafficType':'ON_DEMAND'}}");
        assertThat(shrinking.reported()).isEqualTo(Usage.of(90, UNKNOWN, UNKNOWN, 40, 40));
    }

    @Test
    void whatTheCacheServedAndTookIsWithinTheInputOrBesideIt() {
        assertThat(
                        read(
                                UsageShape.OPENAI,
                                "{'usage':{'prompt_tokens':100,'prompt_tokens_details':{'cached_tokens':60,'cache_write_tokens':30}}}"))
                .isEqualTo(Usage.of(100, 60, 30, UNKNOWN, UNKNOWN));
        String bedrock = "{'usage':{'inputTokens':10,'cacheReadInputTokens':60,'cacheWriteInputTokens':30%s}}";
        assertThat(read(UsageShape.BEDROCK_CONVERSE, bedrock.formatted("")))
                .isEqualTo(Usage.of(100, 60, 30, UNKNOWN, UNKNOWN));
        String details = ",'cacheDetails':[{'ttl':'5m','inputTokens':10},{'inputTokens':20,'ttl':'1h'}]";
        assertThat(read(UsageShape.BEDROCK_CONVERSE, bedrock.formatted(details)).cacheWrite1hTokens())
                .isEqualTo(20);
        Usage split = read(
                UsageShape.ANTHROPIC,
                "{'usage':{'input_tokens':10,'cache_creation':{'ephemeral_5m_input_tokens':20,'ephemeral_1h_input_tokens':10}}}");
        assertThat(split.inputTokens()).isEqualTo(40);
        assertThat(split.inWrite5m()).isEqualTo(20);
        assertThat(split.inWrite1h()).isEqualTo(10);
    }

    @Test
    void aCachedImageIsPaidForAsCachedAndNotAgainAsImage() {
        Usage usage = read(
                UsageShape.OPENAI_REALTIME,
                "{'response':{'usage':{'input_tokens':100,'input_token_details':{'image_tokens':70,'audio_tokens':20,"
                        + "'cached_tokens':60,'cached_tokens_details':{'image_tokens':40,'audio_tokens':15}}}}}");
        assertThat(usage.inImage()).isEqualTo(30);
        assertThat(usage.inAudio()).isEqualTo(5);
        assertThat(usage.inCachedAudio()).isEqualTo(15);
        assertThat(usage.inCached()).isEqualTo(45);
        assertThat(usage.inText()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "'cost':0.0125; 12500000",
                "'cost':1.25e-2; 12500000",
                "'cost':0; 0",
                "'cost':-1; -1",
                "'cost':null; -1",
                "'cost':'0.5'; -1",
                "'cost':1e9; -1",
                "'cost':0.01,'cost_details':{'upstream_inference_cost':0.5}; 10000000",
                "'cost_details':{'upstream_inference_cost':0.5},'is_byok':true,'cost':0.01; 510000000",
                "'is_byok':true,'cost':0.01; 10000000",
                "'is_byok':false,'cost':0.01,'cost_details':{'upstream_inference_cost':null}; 10000000",
                "'cost':{'input_tokens_cost':1,'total_cost':0.006}; 6000000",
                "'cost_in_usd_ticks':1466254; 146625",
                "'cost_in_usd_ticks':1466255; 146626",
                "'cost_in_usd_ticks':9223372036854775807; 922337203685477581"
            })
    void readsWhatTheProviderItselfCharges(String members, long nano) {
        Usage usage = read(UsageShape.OPENAI, "{'usage':{'prompt_tokens':3," + members + "}}");
        assertThat(usage.costNano()).isEqualTo(nano);
        assertThat(usage.inputTokens()).isEqualTo(3);
    }

    @Test
    void theTierInWhichTheRequestWasServedIsTheLastOneNamed() {
        Reading reading = new Reading(UsageShape.ANTHROPIC);
        assertThat(reading.figures.serviceTier()).isNull();
        reading.feed("{'message':{'usage':{'input_tokens':9,'service_tier':'standard'}}}");
        reading.feed("{'usage':{'output_tokens':9,'service_tier':'priority'}}");
        reading.feed("{'usage':{'output_tokens':9,'service_tier':null}}");
        assertThat(reading.figures.serviceTier()).isEqualTo("priority");
    }

    @ParameterizedTest
    @EnumSource(UsageShape.class)
    void figuresThatDoNotFitALongStayPositive(UsageShape shape) {
        Reading reading = new Reading(shape);
        String huge = "99999999999999999999999";
        String usage =
                "{'input_tokens':H,'cache_read_input_tokens':H,'cache_creation_input_tokens':H,'output_tokens':H,"
                        + "'prompt_tokens':H,'completion_tokens':H,'inputTokens':H,'cacheReadInputTokens':H,'outputTokens':H,"
                        + "'billed_units':{'input_tokens':H,'output_tokens':H}}";
        String metadata =
                "{'promptTokenCount':H,'toolUsePromptTokenCount':H,'candidatesTokenCount':H,'thoughtsTokenCount':H}";
        reading.feed(("{'usage':" + usage + ",'usageMetadata':" + metadata + ",'prompt_eval_count':H,'eval_count':H}")
                .replace("H", huge));
        assertThat(reading.reported().inputTokens()).isEqualTo(Long.MAX_VALUE);
        assertThat(reading.reported().outputTokens()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void noReportHoweverAbsurdMakesAnIllegalUsage() {
        Random random = new Random(42);
        String[] values = {"0", "1", "7", "30", "-1", "null", "true", "9223372036854775807", "1e2", "2.5"};
        for (int i = 0; i < 5_000; i++) {
            String document = "{'usage':{'prompt_tokens':$,'total_tokens':$,'completion_tokens':$,'cached_tokens':$,"
                    + "'prompt_tokens_details':{'audio_tokens':$,'image_tokens':$,'cache_write_tokens':$},'is_byok':true,"
                    + "'completion_tokens_details':{'reasoning_tokens':$,'audio_tokens':$},'cost':$,"
                    + "'cost_details':{'upstream_inference_cost':$}}}";
            while (document.contains("$")) {
                document = document.replaceFirst("\\$", values[random.nextInt(values.length)]);
            }
            Usage usage = read(UsageShape.OPENAI, document);
            assertThat(usage.inText()).as(document).isGreaterThanOrEqualTo(UNKNOWN);
            assertThat(usage.outText()).as(document).isGreaterThanOrEqualTo(UNKNOWN);
        }
    }

    private static Usage text(long input, long output, long reasoning) {
        return Usage.of(input, UNKNOWN, UNKNOWN, output, reasoning);
    }

    private static Usage read(UsageShape shape, String payload) {
        Reading reading = new Reading(shape);
        reading.feed(payload);
        return reading.reported();
    }

    /** An answer of which nothing but its usage is read. */
    private static final class Reading {
        private final UsageFigures figures;
        private final JsonReader reader;

        Reading(UsageShape shape) {
            figures = new UsageFigures(shape);
            Map<String, JsonShape> members = new HashMap<>(shape.members());
            members.put("message", JsonShape.path().members(shape.opening()));
            members.put("response", JsonShape.path().members(shape.members()));
            members.put("x_groq", JsonShape.path().members(shape.echo()));
            reader = new JsonReader(JsonShape.path().members(members), figures::onFigure);
        }

        /** Gives whether there was a report in it. */
        boolean feed(String payload) {
            ByteBuf bytes = Unpooled.wrappedBuffer(payload.replace('\'', '"').getBytes(UTF_8));
            reader.feed(bytes, 0, bytes.readableBytes());
            reader.end();
            reader.reset();
            boolean found = figures.isInPayload();
            figures.endPayload();
            return found;
        }

        Usage reported() {
            return figures.reported();
        }
    }
}
