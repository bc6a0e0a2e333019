package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The columns of {@code sluice.usage_event} in one order: their names, an event as a row of COPY, and an event as the
 * payload of a dead letter. Thread: any.
 */
final class EventColumns {
    static final String NAMES = "event_id, started_at, request_id, attempt, key_id, team_id, end_user, tags,"
            + " endpoint, requested_model, provider, upstream_model, stream, status, http_status, input_tokens,"
            + " cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, counted_input, counted_output,"
            + " usage_source, cost_nano, price_version, ttft_ms, duration_ms, provider_request_id,"
            + " in_text, in_cached, in_write_5m, in_write_1h, in_audio, in_cached_audio, in_image,"
            + " out_text, out_reasoning, out_audio, out_image, web_searches, lower_bound, service_tier";
    private static final int COUNT = 42;

    /** A dead letter keeps at most so many characters of a text. */
    private static final int MAX_TEXT = 65_536;

    private EventColumns() {}

    static void encode(UsageEvent event, CopyBinaryEncoder row) {
        row.row(COUNT);
        row.uuid(event.eventId());
        row.timestamp(event.startedAtMicros());
        row.text(event.requestId());
        row.int2(event.attempt());
        row.text(event.keyId());
        row.text(event.teamId());
        row.text(event.endUser());
        row.jsonb(event.tags());
        row.text(event.endpoint());
        row.text(event.requestedModel());
        row.text(event.provider());
        row.text(event.upstreamModel());
        row.bool(event.stream());
        row.text(event.status());
        status(row, event.httpStatus());
        Usage usage = event.usage();
        figure(row, usage.inputTokens());
        figure(row, usage.cachedTokens());
        figure(row, usage.cacheWriteTokens());
        figure(row, usage.outputTokens());
        figure(row, usage.reasoningTokens());
        figure(row, event.countedInput());
        figure(row, event.countedOutput());
        row.text(event.usageSource());
        figure(row, event.costNano());
        figure(row, event.priceVersion());
        millis(row, event.ttftMillis());
        millis(row, event.durationMillis());
        row.text(event.providerRequestId());
        buckets(usage, row);
        row.bool(event.lowerBound());
        row.text(event.serviceTier());
    }

    /** A bucket of a whole that nobody knows is not known either, though the shares that are add up. */
    private static void buckets(Usage usage, CopyBinaryEncoder row) {
        boolean input = usage.inputTokens() != Usage.UNKNOWN;
        figure(row, usage.inText());
        figure(row, input ? usage.inCached() : Usage.UNKNOWN);
        figure(row, input ? usage.inWrite5m() : Usage.UNKNOWN);
        figure(row, input ? usage.inWrite1h() : Usage.UNKNOWN);
        figure(row, input ? usage.inAudio() : Usage.UNKNOWN);
        figure(row, input ? usage.inCachedAudio() : Usage.UNKNOWN);
        figure(row, input ? usage.inImage() : Usage.UNKNOWN);
        boolean output = usage.outputTokens() != Usage.UNKNOWN;
        figure(row, usage.outText());
        figure(row, output ? usage.outReasoning() : Usage.UNKNOWN);
        figure(row, output ? usage.outAudio() : Usage.UNKNOWN);
        figure(row, output ? usage.outImage() : Usage.UNKNOWN);
        figure(row, usage.webSearches());
    }

    private static void figure(CopyBinaryEncoder row, long value) {
        if (value == UsageEvent.UNKNOWN) {
            row.nothing();
        } else {
            row.int8(value);
        }
    }

    private static void millis(CopyBinaryEncoder row, int value) {
        if (value == UsageEvent.UNKNOWN) {
            row.nothing();
        } else {
            row.int4(value);
        }
    }

    private static void status(CopyBinaryEncoder row, int value) {
        if (value == UsageEvent.UNKNOWN) {
            row.nothing();
        } else {
            row.int2(value);
        }
    }

    /**
     * Every figure by its name, those included of which the buckets are made; the tags as a string, for they may be what
     * was refused.
     */
    static String json(UsageEvent event) {
        StringBuilder json = new StringBuilder(768).append('{');
        text(json, "event_id", event.eventId().toString());
        number(json, "started_at_micros", event.startedAtMicros());
        text(json, "request_id", event.requestId());
        number(json, "attempt", event.attempt());
        text(json, "key_id", event.keyId());
        text(json, "team_id", event.teamId());
        text(json, "end_user", event.endUser());
        text(json, "tags", event.tags());
        text(json, "endpoint", event.endpoint());
        text(json, "requested_model", event.requestedModel());
        text(json, "provider", event.provider());
        text(json, "upstream_model", event.upstreamModel());
        name(json, "stream").append(event.stream());
        text(json, "status", event.status());
        number(json, "http_status", event.httpStatus());
        usage(json, event.usage());
        number(json, "counted_input", event.countedInput());
        number(json, "counted_output", event.countedOutput());
        text(json, "usage_source", event.usageSource());
        name(json, "lower_bound").append(event.lowerBound());
        text(json, "service_tier", event.serviceTier());
        number(json, "cost_nano", event.costNano());
        number(json, "price_version", event.priceVersion());
        number(json, "ttft_ms", event.ttftMillis());
        number(json, "duration_ms", event.durationMillis());
        text(json, "provider_request_id", event.providerRequestId());
        return json.append('}').toString();
    }

    private static void usage(StringBuilder json, Usage usage) {
        number(json, "input_tokens", usage.inputTokens());
        number(json, "cached_tokens", usage.cachedTokens());
        number(json, "cache_write_tokens", usage.cacheWriteTokens());
        number(json, "cache_write_1h_tokens", usage.cacheWrite1hTokens());
        number(json, "input_audio_tokens", usage.inputAudioTokens());
        number(json, "cached_audio_tokens", usage.cachedAudioTokens());
        number(json, "input_image_tokens", usage.inputImageTokens());
        number(json, "output_tokens", usage.outputTokens());
        number(json, "reasoning_tokens", usage.reasoningTokens());
        number(json, "output_audio_tokens", usage.outputAudioTokens());
        number(json, "output_image_tokens", usage.outputImageTokens());
        number(json, "web_searches", usage.webSearches());
        number(json, "provider_cost_nano", usage.costNano());
    }

    private static StringBuilder name(StringBuilder json, String name) {
        return json.append(json.length() == 1 ? "" : ",")
                .append('"')
                .append(name)
                .append("\":");
    }

    private static void text(StringBuilder json, String name, @Nullable String value) {
        if (value != null) {
            name(json, name);
            Text.appendString(json, Text.cleaned(value, MAX_TEXT));
        }
    }

    private static void number(StringBuilder json, String name, long value) {
        if (value != UsageEvent.UNKNOWN) {
            name(json, name).append(value);
        }
    }
}
