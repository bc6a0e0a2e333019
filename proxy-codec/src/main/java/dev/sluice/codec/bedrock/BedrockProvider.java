package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Amazon Bedrock by its Converse interface, for whatever model it hosts. Thread: any. */
public final class BedrockProvider implements ProviderDialect {
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    @Override
    public String name() {
        return "bedrock";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.BEDROCK;
    }

    /** Vectors have no common form at Bedrock. */
    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return switch (asked.operation()) {
            case CHAT -> Endpoint.CONVERSE;
            case EMBED, MODERATE, COUNT_TOKENS -> null;
        };
    }

    /** @param model an id or an ARN, whose colons and slashes are part of one segment */
    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        if (endpoint != Endpoint.CONVERSE) {
            throw new IllegalArgumentException(name() + " does not serve " + endpoint);
        }
        return "/model/" + encoded(model) + (stream ? "/converse-stream" : "/converse");
    }

    /** Of an API key. Who has an access key instead signs each request. */
    @Override
    public String credentialHeader() {
        return "authorization";
    }

    @Override
    public String credentialValue(String apiKey) {
        return "Bearer " + apiKey;
    }

    /** Every answer reports. */
    @Override
    public boolean acceptsUsageRequest() {
        return false;
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return new BedrockAnswer(stream, events);
    }

    @Override
    public String streamContentType() {
        return "application/vnd.amazon.eventstream";
    }

    @Override
    public FrameReader newFrames(FrameReader.Listener listener) {
        return new EventStreamFrames(listener);
    }

    @Override
    public ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return BedrockChatWriter.write(request, model, allocator);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return BedrockError.read(httpStatus, body);
    }

    /** All but RFC 3986's unreserved characters as percent escapes. */
    private static String encoded(String segment) {
        StringBuilder encoded = new StringBuilder(segment.length() + 16);
        for (byte next : segment.getBytes(StandardCharsets.UTF_8)) {
            boolean unreserved = (next >= 'a' && next <= 'z')
                    || (next >= 'A' && next <= 'Z')
                    || (next >= '0' && next <= '9')
                    || next == '-'
                    || next == '_'
                    || next == '.'
                    || next == '~';
            if (unreserved) {
                encoded.append((char) next);
            } else {
                encoded.append('%').append(HEX[next >> 4 & 15]).append(HEX[next & 15]);
            }
        }
        return encoded.toString();
    }
}
