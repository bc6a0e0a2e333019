package dev.sluice.codec.responses;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.OpenAiDocuments;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** OpenAI's Responses as callers speak it. Thread: any. */
public final class ResponsesInbound implements InboundDialect {

    @Override
    public String name() {
        return "responses";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI_RESPONSES;
    }

    @Override
    public RequestReader newRequest(CallPath path, int maxDepth) {
        return new ResponsesRequest(maxDepth);
    }

    @Override
    public ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException {
        return ResponsesChat.read(body);
    }

    @Override
    public void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        ResponsesChat.tellPrompt(body, parts);
    }

    @Override
    public long conversation(CallPath path, ByteBuf body) {
        return ResponsesConversation.PLACES.hash(body);
    }

    /** Also of requests that go on with what is stored, which only a provider of this dialect serves. */
    @Override
    public ChatNeeds needs(CallPath path, ByteBuf body) {
        return ResponsesChat.needs(body);
    }

    @Override
    public AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        return new ResponsesEncoder(plan, allocator);
    }

    @Override
    public String errorBody(GatewayError error) {
        return OpenAiDocuments.errorBody(error);
    }

    /**
     * Flat, as specified: the official libraries hand on this form as an event, and break off at the nested one. Where in
     * the stream it stands is not known here, so its number is 0.
     */
    @Override
    public String errorEvent(GatewayError error) {
        JsonWriter json = new JsonWriter().beginObject().name("type").string("error");
        json.name("sequence_number").number(0).name("code").string(error.kind().code());
        json.name("message").string(error.message()).name("param").string(error.param());
        return "event: error\ndata: " + json.endObject() + "\n\n";
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
