package dev.sluice.codec.usage;

import static dev.sluice.codec.usage.UsagePlace.CACHED;
import static dev.sluice.codec.usage.UsagePlace.CACHED_AUDIO;
import static dev.sluice.codec.usage.UsagePlace.CACHED_FLAT;
import static dev.sluice.codec.usage.UsagePlace.CACHED_IMAGE;
import static dev.sluice.codec.usage.UsagePlace.CACHED_PART;
import static dev.sluice.codec.usage.UsagePlace.CACHE_WRITE;
import static dev.sluice.codec.usage.UsagePlace.CACHE_WRITE_1H;
import static dev.sluice.codec.usage.UsagePlace.CACHE_WRITE_5M;
import static dev.sluice.codec.usage.UsagePlace.CACHE_WRITE_PART;
import static dev.sluice.codec.usage.UsagePlace.COST;
import static dev.sluice.codec.usage.UsagePlace.COST_TICKS;
import static dev.sluice.codec.usage.UsagePlace.COUNT;
import static dev.sluice.codec.usage.UsagePlace.ECHO;
import static dev.sluice.codec.usage.UsagePlace.INPUT;
import static dev.sluice.codec.usage.UsagePlace.INPUT_AUDIO;
import static dev.sluice.codec.usage.UsagePlace.INPUT_IMAGE;
import static dev.sluice.codec.usage.UsagePlace.INPUT_PART;
import static dev.sluice.codec.usage.UsagePlace.INPUT_TOOLS;
import static dev.sluice.codec.usage.UsagePlace.LABEL;
import static dev.sluice.codec.usage.UsagePlace.OUTPUT;
import static dev.sluice.codec.usage.UsagePlace.OUTPUT_AUDIO;
import static dev.sluice.codec.usage.UsagePlace.OUTPUT_IMAGE;
import static dev.sluice.codec.usage.UsagePlace.OUTPUT_PART;
import static dev.sluice.codec.usage.UsagePlace.OWN_KEY;
import static dev.sluice.codec.usage.UsagePlace.REASONING;
import static dev.sluice.codec.usage.UsagePlace.REASONING_FLAT;
import static dev.sluice.codec.usage.UsagePlace.REPORT;
import static dev.sluice.codec.usage.UsagePlace.SERVICE_TIER;
import static dev.sluice.codec.usage.UsagePlace.TOTAL;
import static dev.sluice.codec.usage.UsagePlace.UPSTREAM_COST;
import static dev.sluice.codec.usage.UsagePlace.WEB_SEARCHES;

import dev.sluice.codec.json.JsonShape;
import java.util.List;
import java.util.Map;

/**
 * The wire formats by how they report usage, as data: where the figures stand, seen from the object that carries the
 * report, and what counts within what. Thread: any.
 */
public enum UsageShape {
    /**
     * OpenAI's chat completions, completions and embeddings, and all hosts that speak that dialect: DeepSeek
     * (hit and miss), Groq, Mistral, Moonshot (flat), OpenRouter, Perplexity, Together (flat), vLLM, xAI. Accepted and
     * rejected prediction tokens need no place: they are part of the completion.
     */
    OPENAI(
            Cache.WITHIN_INPUT,
            Reasoning.BY_TOTAL,
            at("usage", REPORT),
            at("usage.prompt_tokens", INPUT),
            at("usage.prompt_tokens_details.cached_tokens", CACHED),
            at("usage.prompt_cache_hit_tokens", CACHED_FLAT),
            at("usage.cached_tokens", CACHED_FLAT),
            at("usage.prompt_tokens_details.cache_write_tokens", CACHE_WRITE),
            at("usage.prompt_tokens_details.audio_tokens", INPUT_AUDIO),
            at("usage.prompt_tokens_details.image_tokens", INPUT_IMAGE),
            at("usage.completion_tokens", OUTPUT),
            at("usage.completion_tokens_details.reasoning_tokens", REASONING),
            at("usage.reasoning_tokens", REASONING_FLAT),
            at("usage.completion_tokens_details.audio_tokens", OUTPUT_AUDIO),
            at("usage.completion_tokens_details.image_tokens", OUTPUT_IMAGE),
            at("usage.total_tokens", TOTAL),
            // OpenRouter, xAI, Perplexity: whose cost is an object.
            at("usage.server_tool_use.web_search_requests", WEB_SEARCHES),
            at("usage.cost", COST),
            at("usage.cost_details.upstream_inference_cost", UPSTREAM_COST),
            at("usage.is_byok", OWN_KEY),
            at("usage.cost_in_usd_ticks", COST_TICKS),
            at("usage.num_search_queries", WEB_SEARCHES),
            at("usage.cost.total_cost", COST)),

    /** OpenAI's responses, and images. On a stream it stands in the {@code response} of the last event. */
    OPENAI_RESPONSES(
            Cache.WITHIN_INPUT,
            Reasoning.BY_TOTAL,
            at("usage", REPORT),
            at("usage.input_tokens", INPUT),
            at("usage.input_tokens_details.cached_tokens", CACHED),
            at("usage.input_tokens_details.cache_write_tokens", CACHE_WRITE),
            at("usage.input_tokens_details.audio_tokens", INPUT_AUDIO),
            at("usage.input_tokens_details.image_tokens", INPUT_IMAGE),
            at("usage.output_tokens", OUTPUT),
            at("usage.output_tokens_details.reasoning_tokens", REASONING),
            at("usage.output_tokens_details.audio_tokens", OUTPUT_AUDIO),
            at("usage.output_tokens_details.image_tokens", OUTPUT_IMAGE),
            at("usage.total_tokens", TOTAL),
            at("usage.cost_in_usd_ticks", COST_TICKS),
            at("usage.cost", COST),
            at("usage.cost_details.upstream_inference_cost", UPSTREAM_COST),
            at("usage.is_byok", OWN_KEY),
            // A report of its own, before or behind the other.
            at("tool_usage", REPORT),
            at("tool_usage.web_search.num_requests", WEB_SEARCHES)),

    /** OpenAI's realtime responses and transcriptions: {@code token_details} in the singular, the cache by modality. */
    OPENAI_REALTIME(
            Cache.WITHIN_INPUT,
            Reasoning.WITHIN_OUTPUT,
            at("usage", REPORT),
            at("usage.input_tokens", INPUT),
            at("usage.input_token_details.cached_tokens", CACHED),
            at("usage.input_token_details.cached_tokens_details.audio_tokens", CACHED_AUDIO),
            at("usage.input_token_details.cached_tokens_details.image_tokens", CACHED_IMAGE),
            at("usage.input_token_details.audio_tokens", INPUT_AUDIO),
            at("usage.input_token_details.image_tokens", INPUT_IMAGE),
            at("usage.output_tokens", OUTPUT),
            at("usage.output_token_details.reasoning_tokens", REASONING),
            at("usage.output_token_details.audio_tokens", OUTPUT_AUDIO)),

    /**
     * Anthropic's messages. A stream begins with a {@code message} that carries an {@link #opening()} and goes on with
     * cumulative reports at the top of its events.
     */
    ANTHROPIC(
            Cache.BESIDE_INPUT,
            Reasoning.WITHIN_OUTPUT,
            at("usage", REPORT),
            at("usage.input_tokens", INPUT),
            at("usage.cache_read_input_tokens", CACHED),
            at("usage.cache_creation_input_tokens", CACHE_WRITE),
            at("usage.cache_creation.ephemeral_5m_input_tokens", CACHE_WRITE_5M),
            at("usage.cache_creation.ephemeral_1h_input_tokens", CACHE_WRITE_1H),
            at("usage.output_tokens", OUTPUT),
            at("usage.output_tokens_details.thinking_tokens", REASONING),
            at("usage.server_tool_use.web_search_requests", WEB_SEARCHES),
            at("usage.service_tier", SERVICE_TIER)),

    /**
     * Google's generateContent, on the Gemini API and on Vertex. Each event may carry a running total, whose figures also
     * shrink and vanish again: only those of one report belong together.
     */
    GEMINI(
            Cache.WITHIN_INPUT,
            Reasoning.BESIDE_OUTPUT,
            at("usageMetadata", REPORT),
            at("usageMetadata.promptTokenCount", INPUT),
            at("usageMetadata.toolUsePromptTokenCount", INPUT_TOOLS),
            at("usageMetadata.cachedContentTokenCount", CACHED),
            at("usageMetadata.candidatesTokenCount", OUTPUT),
            at("usageMetadata.thoughtsTokenCount", REASONING),
            at("usageMetadata.promptTokensDetails[]", INPUT_PART),
            at("usageMetadata.promptTokensDetails[].modality", LABEL),
            at("usageMetadata.promptTokensDetails[].tokenCount", COUNT),
            at("usageMetadata.cacheTokensDetails[]", CACHED_PART),
            at("usageMetadata.cacheTokensDetails[].modality", LABEL),
            at("usageMetadata.cacheTokensDetails[].tokenCount", COUNT),
            at("usageMetadata.candidatesTokensDetails[]", OUTPUT_PART),
            at("usageMetadata.candidatesTokensDetails[].modality", LABEL),
            at("usageMetadata.candidatesTokensDetails[].tokenCount", COUNT),
            at("usageMetadata.serviceTier", SERVICE_TIER)),

    /** Amazon Bedrock's Converse: in the body, or in the {@code metadata} event of a stream. */
    BEDROCK_CONVERSE(
            Cache.BESIDE_INPUT,
            Reasoning.WITHIN_OUTPUT,
            at("usage", REPORT),
            at("usage.inputTokens", INPUT),
            at("usage.cacheReadInputTokens", CACHED),
            at("usage.cacheWriteInputTokens", CACHE_WRITE),
            at("usage.cacheDetails[]", CACHE_WRITE_PART),
            at("usage.cacheDetails[].ttl", LABEL),
            at("usage.cacheDetails[].inputTokens", COUNT),
            at("usage.outputTokens", OUTPUT)),

    /**
     * Cohere: what it bills, not what its models saw ({@code tokens}, of which {@code cached_tokens} are a part). In the
     * body, in the {@code delta} of a stream's last event; with the older interface in {@code meta}.
     */
    COHERE(
            Cache.WITHIN_INPUT,
            Reasoning.WITHIN_OUTPUT,
            at("usage", REPORT),
            at("usage.billed_units.input_tokens", INPUT),
            at("usage.billed_units.output_tokens", OUTPUT),
            at("meta", REPORT),
            at("meta.billed_units.input_tokens", INPUT),
            at("meta.billed_units.output_tokens", OUTPUT)),

    /** Ollama's own interface: in the body, or in a stream's last line, without an object around the figures. */
    OLLAMA(Cache.WITHIN_INPUT, Reasoning.WITHIN_OUTPUT, at("prompt_eval_count", INPUT), at("eval_count", OUTPUT));

    /** Whether the prompt's figure has in it what the cache served and took. */
    enum Cache {
        WITHIN_INPUT,
        BESIDE_INPUT
    }

    /** Whether the output's figure has reasoning in it. */
    enum Reasoning {
        WITHIN_OUTPUT,
        BESIDE_OUTPUT,
        /** The hosts of the dialect do not agree: it has unless the total is larger by just that much (xAI). */
        BY_TOTAL
    }

    /** Which of several reports counts. */
    enum Reports {
        /** Of each figure the largest: they repeat, grow or complete one another. */
        LARGEST,
        /** The last one, whole. */
        LAST
    }

    private record Row(String path, UsagePlace place) {}

    private final Cache cache;
    private final Reasoning reasoning;
    private final List<Row> rows;

    UsageShape(Cache cache, Reasoning reasoning, Row... rows) {
        this.cache = cache;
        this.reasoning = reasoning;
        this.rows = List.of(rows);
    }

    /**
     * What an object that carries a report has of it, by name: for the dialect to lay beside the members it looks for
     * itself. What is found there has a negative id and is for {@link UsageFigures#onFigure}.
     */
    public Map<String, JsonShape> members() {
        PlaceTree tree = new PlaceTree();
        for (Row row : rows) {
            tree.put(row.path(), row.place());
        }
        return tree.members();
    }

    /** The same for an object whose report counts only in a payload without one at the {@link #members()}. */
    public Map<String, JsonShape> echo() {
        PlaceTree tree = new PlaceTree();
        for (Row row : rows) {
            tree.put(row.path(), row.place() == REPORT ? ECHO : row.place());
        }
        return tree.members();
    }

    /** The same for an object that opens a stream, in which the output's figure means nothing yet. */
    public Map<String, JsonShape> opening() {
        PlaceTree tree = new PlaceTree();
        for (Row row : rows) {
            if (row.place() != OUTPUT) {
                tree.put(row.path(), row.place());
            }
        }
        return tree.members();
    }

    /** Whether the figures stand alone, so that each is a report. */
    boolean isBare() {
        for (Row row : rows) {
            if (row.place() == REPORT) {
                return false;
            }
        }
        return true;
    }

    Cache cache() {
        return cache;
    }

    Reasoning reasoning() {
        return reasoning;
    }

    Reports reports() {
        return this == GEMINI ? Reports.LAST : Reports.LARGEST;
    }

    private static Row at(String path, UsagePlace place) {
        return new Row(path, place);
    }
}
