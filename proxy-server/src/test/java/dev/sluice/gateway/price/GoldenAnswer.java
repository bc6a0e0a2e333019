package dev.sluice.gateway.price;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One answer of a provider, of which only usage and service tier are read. For golden cases. */
interface GoldenAnswer {

    /** Takes the body, or the data of one event; in pieces of {@code pieceBytes}. */
    void payload(String json, int pieceBytes);

    Usage usage();

    @Nullable
    String serviceTier();

    /** @param folder of the case, which is the name of the shape */
    static GoldenAnswer of(String folder, boolean stream) {
        return switch (folder) {
            case "openai-chat" -> openAi("openai", Endpoint.CHAT_COMPLETIONS, stream);
            case "openai-completions" -> openAi("openai", Endpoint.COMPLETIONS, stream);
            case "openai-embeddings" -> openAi("openai", Endpoint.EMBEDDINGS, stream);
            case "deepseek", "groq", "mistral", "openrouter", "perplexity", "vllm", "xai" ->
                openAi(folder, Endpoint.CHAT_COMPLETIONS, stream);
            case "openai-responses" -> shaped(UsageShape.OPENAI_RESPONSES);
            case "openai-realtime" -> shaped(UsageShape.OPENAI_REALTIME);
            case "anthropic" -> shaped(UsageShape.ANTHROPIC);
            case "gemini" -> shaped(UsageShape.GEMINI);
            case "bedrock-converse" -> shaped(UsageShape.BEDROCK_CONVERSE);
            case "cohere" -> shaped(UsageShape.COHERE);
            case "ollama" -> shaped(UsageShape.OLLAMA);
            default -> throw new IllegalArgumentException("no shape is called " + folder);
        };
    }

    private static GoldenAnswer openAi(String host, Endpoint endpoint, boolean stream) {
        return new OfDialect(Dialects.provider("openai", Dialects.HostOptions.ofQuirks(host))
                .get(0)
                .newAnswer(endpoint, stream, ChatEvents.IGNORED));
    }

    private static GoldenAnswer shaped(UsageShape shape) {
        return new OfShape(shape);
    }

    private static void feed(String json, int pieceBytes, Pieces target) {
        ByteBuf bytes = Unpooled.wrappedBuffer(json.getBytes(UTF_8));
        for (int i = 0; i < bytes.readableBytes(); i += pieceBytes) {
            target.piece(bytes, i, Math.min(pieceBytes, bytes.readableBytes() - i));
        }
    }

    interface Pieces {
        void piece(ByteBuf bytes, int index, int length);
    }

    /** Read by the product's own dialect. */
    record OfDialect(AnswerReader reader) implements GoldenAnswer {
        @Override
        public void payload(String json, int pieceBytes) {
            feed(json, pieceBytes, reader::onPayload);
            reader.onPayloadEnd();
        }

        @Override
        public Usage usage() {
            return reader.usage();
        }

        @Override
        public @Nullable String serviceTier() {
            return reader.serviceTier();
        }
    }

    /** Of a wire format for which there is no dialect: the places are those where it carries its reports. */
    final class OfShape implements GoldenAnswer {
        private static final int TIER = 1;

        private final UsageFigures figures;
        private final JsonReader reader;
        private @Nullable String tier;

        OfShape(UsageShape shape) {
            figures = new UsageFigures(shape);
            Map<String, JsonShape> response = new HashMap<>(shape.members());
            response.put("service_tier", JsonShape.text(TIER));
            Map<String, JsonShape> root = new HashMap<>(response);
            switch (shape) {
                case OPENAI_RESPONSES, OPENAI_REALTIME ->
                    root.put("response", JsonShape.path().members(response));
                case ANTHROPIC -> root.put("message", JsonShape.path().members(shape.opening()));
                case COHERE -> root.put("delta", JsonShape.path().members(shape.members()));
                case OPENAI, GEMINI, BEDROCK_CONVERSE, OLLAMA -> {}
            }
            reader = new JsonReader(JsonShape.path().members(root), this::onValue);
        }

        private void onValue(int id, JsonReader value) {
            if (id != TIER) {
                figures.onFigure(id, value);
            } else if (value.kind() == JsonReader.Kind.STRING) {
                tier = value.text();
            }
        }

        @Override
        public void payload(String json, int pieceBytes) {
            feed(json, pieceBytes, reader::feed);
            if (!reader.end()) {
                throw new IllegalArgumentException("not a JSON document: " + json);
            }
            reader.reset();
            figures.endPayload();
        }

        @Override
        public Usage usage() {
            return figures.reported();
        }

        @Override
        public @Nullable String serviceTier() {
            return tier == null ? figures.serviceTier() : tier;
        }
    }
}
