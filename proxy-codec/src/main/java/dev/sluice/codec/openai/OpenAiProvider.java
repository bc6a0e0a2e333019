package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerText;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;

/** A provider that speaks OpenAI's dialect, with the quirks of its host. Thread: any. */
public final class OpenAiProvider implements ProviderDialect {
    private final OpenAiQuirks quirks;

    public OpenAiProvider(OpenAiQuirks quirks) {
        this.quirks = quirks;
    }

    @Override
    public String name() {
        return quirks.name();
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI;
    }

    /** The version is part of the base URL: hosts put it in different places. */
    @Override
    public String path(Endpoint endpoint) {
        return switch (endpoint) {
            case CHAT_COMPLETIONS -> "/chat/completions";
            case COMPLETIONS -> "/completions";
            case EMBEDDINGS -> "/embeddings";
            case MODERATIONS -> "/moderations";
        };
    }

    @Override
    public String credentialHeader() {
        return quirks.credentialHeader();
    }

    @Override
    public String credentialValue(String apiKey) {
        return quirks.credentialPrefix() + apiKey;
    }

    @Override
    public boolean acceptsUsageRequest() {
        return quirks.acceptsUsageRequest();
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, AnswerText text) {
        return new OpenAiAnswer(stream, text);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return OpenAiError.read(body).toGatewayError(httpStatus);
    }
}
