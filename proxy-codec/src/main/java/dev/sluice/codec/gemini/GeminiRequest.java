package dev.sluice.codec.gemini;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.RequestScan;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request in Gemini's dialect. The model, and whether the answer is a stream, are said in the path;
 * where the body names the model again, the provider wants both to be the same. Thread: event loop.
 */
final class GeminiRequest implements RequestReader {
    private final CallPath path;
    private final GeminiMembers members = new GeminiMembers();
    private final RequestScan scan;

    GeminiRequest(CallPath path, int maxDepth) {
        this.path = path;
        this.scan = new RequestScan(maxDepth, members);
    }

    @Override
    public void feed(ByteBuf piece) throws MalformedRequestException {
        scan.feed(piece);
    }

    @Override
    public void end() throws MalformedRequestException {
        scan.end();
        if (path.model() == null || path.model().isEmpty()) {
            throw new MalformedRequestException(
                    "the path names no model; it must be that of a method, such as models/{model}:generateContent",
                    "model");
        }
    }

    @Override
    public String model() {
        if (path.model() == null) {
            throw new IllegalStateException("the path names no model");
        }
        return path.model();
    }

    @Override
    public boolean stream() {
        return path.stream();
    }

    /** The dialect has no word for it. */
    @Override
    public @Nullable String endUser() {
        return null;
    }

    @Override
    public long maxOutputTokens() {
        return members.maxOutputTokens();
    }

    @Override
    public long textBytes() {
        return scan.nestedTextBytes();
    }

    /** Every event of a stream reports. */
    @Override
    public boolean addsUsageRequest() {
        return false;
    }

    @Override
    public ByteBuf rewrite(ByteBuf body, String upstreamModel, boolean askForUsage, ByteBufAllocator allocator) {
        GeminiModel upstream = GeminiModel.of(upstreamModel);
        boolean renamed = !upstream.equals(GeminiModel.of(model()));
        if (!renamed) {
            return body;
        }
        if (!members.namesModels()) {
            return members.spliceModel(upstream.qualified()).apply(body, allocator);
        }
        try {
            return renamed(JsonSlice.of(body), upstream.qualified(), allocator);
        } finally {
            body.release();
        }
    }

    @Override
    public void close() {
        scan.close();
    }

    /** A batch names the model with each request: those are written anew, around what stands in them. Gives it. */
    private static ByteBuf renamed(JsonSlice batch, String model, ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(batch.sizeBytes());
        JsonWriter json = new JsonWriter(out);
        json.beginObject();
        for (JsonSlice.Member member : batch.members()) {
            json.name(member.name());
            if (!member.name().equals(GeminiMembers.REQUESTS) || !member.value().isArray()) {
                json.slice(member.value());
                continue;
            }
            json.beginArray();
            for (JsonSlice request : member.value().elements()) {
                if (request.isObject()) {
                    writeRenamed(json, request, model);
                } else {
                    json.slice(request);
                }
            }
            json.endArray();
        }
        json.endObject();
        return out;
    }

    private static void writeRenamed(JsonWriter json, JsonSlice request, String model) {
        json.beginObject();
        for (JsonSlice.Member member : request.members()) {
            json.name(member.name());
            if (member.name().equals(GeminiMembers.MODEL)) {
                json.string(model);
            } else {
                json.slice(member.value());
            }
        }
        json.endObject();
    }
}
