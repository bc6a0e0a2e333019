package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.OpenAiDocuments;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** OpenAI's dialect as callers speak it. Thread: any. */
public final class OpenAiInbound implements InboundDialect {

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI;
    }

    @Override
    public RequestReader newRequest(CallPath path, int maxDepth) {
        return OpenAiRequest.of(path.endpoint(), maxDepth);
    }

    @Override
    public ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException {
        return OpenAiChatReader.read(path.endpoint(), JsonSlice.of(body));
    }

    @Override
    public long conversation(CallPath path, ByteBuf body) {
        return OpenAiConversation.of(path.endpoint()).hash(body);
    }

    @Override
    public EmbeddingRequest readEmbeddings(CallPath path, ByteBuf body) throws MalformedRequestException {
        return OpenAiEmbeddings.read(JsonSlice.of(body));
    }

    @Override
    public AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        if (!plan.stream()) {
            return new OpenAiWhole(plan, allocator);
        }
        return plan.endpoint() == Endpoint.COMPLETIONS
                ? new OpenAiTextChunks(plan, allocator)
                : new OpenAiChunks(plan, allocator);
    }

    @Override
    public ByteBuf writeEmbeddings(Embeddings embeddings, boolean base64, AnswerPlan plan, ByteBufAllocator allocator) {
        return OpenAiEmbeddings.write(embeddings, base64, plan, allocator);
    }

    @Override
    public void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        OpenAiPrompt.read(endpoint, body, parts);
    }

    @Override
    public String errorBody(GatewayError error) {
        return OpenAiDocuments.errorBody(error);
    }

    @Override
    public String errorEvent(GatewayError error) {
        return "data: " + errorBody(error) + "\n\n";
    }

    @Override
    public String modelList(List<ModelEntry> models) {
        return OpenAiDocuments.modelList(models);
    }

    @Override
    public String model(ModelEntry model) {
        return OpenAiDocuments.model(model);
    }
}
