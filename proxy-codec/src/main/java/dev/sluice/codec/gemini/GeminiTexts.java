package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a request for vectors, alone or in a batch. One a request. Thread: any. */
final class GeminiTexts {
    private final List<JsonSlice> inputs = new ArrayList<>();
    private final List<JsonSlice.Member> others = new ArrayList<>();
    private @Nullable JsonSlice dimensions;

    private GeminiTexts() {}

    /** @param body an object */
    static EmbeddingRequest read(JsonSlice body) throws MalformedRequestException {
        GeminiTexts texts = new GeminiTexts();
        JsonSlice requests = GeminiNames.member(body, GeminiMembers.REQUESTS);
        if (requests == null) {
            texts.readOne(body);
        } else {
            for (JsonSlice request : requests.elements()) {
                texts.readOne(request);
            }
        }
        if (texts.inputs.isEmpty()) {
            throw new MalformedRequestException(
                    "'requests' has nothing in it; it must be an array with at least one request", "requests");
        }
        return new EmbeddingRequest(texts.inputs, texts.dimensions, /* base64= */ false, null, texts.others);
    }

    private void readOne(JsonSlice request) throws MalformedRequestException {
        JsonSlice content = null;
        JsonSlice asked = null;
        for (JsonSlice.Member member : request.members()) {
            switch (GeminiNames.camel(member.name())) {
                case "content" -> content = member.value();
                case "outputDimensionality" -> asked = member.value().isNull() ? null : member.value();
                case GeminiMembers.MODEL -> {}
                default -> addOther(member);
            }
        }
        if (inputs.isEmpty()) {
            dimensions = asked;
        } else if (!json(dimensions).equals(json(asked))) {
            throw new MalformedRequestException(
                    "the requests of a batch ask for " + json(dimensions) + " and for " + json(asked)
                            + " dimensions; allowed: the same for all",
                    "outputDimensionality");
        }
        inputs.add(text(content));
    }

    /** Each request of a batch says it again. */
    private void addOther(JsonSlice.Member added) {
        for (JsonSlice.Member other : others) {
            if (other.name().equals(added.name())) {
                return;
            }
        }
        others.add(added);
    }

    /** All parts of a content together have one vector. */
    private static JsonSlice text(@Nullable JsonSlice content) throws MalformedRequestException {
        JsonSlice parts = content == null ? null : GeminiNames.member(content, "parts");
        List<JsonSlice> texts = new ArrayList<>();
        for (JsonSlice part :
                parts == null ? List.<JsonSlice>of() : parts.isArray() ? parts.elements() : List.of(parts)) {
            JsonSlice text = part.member("text");
            if (text == null || !text.isString()) {
                throw new MalformedRequestException(
                        "a part of 'content' has no text; allowed: parts of text", "content.parts");
            }
            texts.add(text);
        }
        if (texts.isEmpty()) {
            throw new MalformedRequestException(
                    "'content' has no parts; it must have at least one part of text", "content.parts");
        }
        if (texts.size() == 1) {
            return texts.getFirst();
        }
        ByteBuf out = Unpooled.buffer();
        JsonWriter json = new JsonWriter(out).beginString();
        for (JsonSlice text : texts) {
            json.text(text);
        }
        json.endString();
        return JsonSlice.of(out);
    }

    private static String json(@Nullable JsonSlice value) {
        return value == null ? "their own number of" : value.json();
    }
}
