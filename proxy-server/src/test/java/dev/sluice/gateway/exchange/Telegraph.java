package dev.sluice.gateway.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wire format that nobody speaks, in the one class that a new one takes. A request is lines of {@code ROLE text}; an
 * answer is lines of {@code +text}, and at last {@code .} with the tokens of both sides, or {@code !} with an error. The
 * name of the endpoint is borrowed from another provider.
 */
final class Telegraph implements ProviderDialect {

    @Override
    public String name() {
        return "telegraph";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OLLAMA;
    }

    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return asked.operation() == Endpoint.Operation.CHAT ? Endpoint.OLLAMA_CHAT : null;
    }

    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        return "/send/" + model;
    }

    @Override
    public String credentialHeader() {
        return "x-stamp";
    }

    @Override
    public String credentialValue(String apiKey) {
        return apiKey;
    }

    @Override
    public boolean acceptsUsageRequest() {
        return false;
    }

    @Override
    public ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator) {
        StringBuilder lines = new StringBuilder();
        for (Message message : request.messages()) {
            for (Part part : message.parts()) {
                if (part instanceof Part.Text text) {
                    lines.append(message.role())
                            .append(' ')
                            .append(text.text().text())
                            .append('\n');
                }
            }
        }
        List<String> dropped =
                request.others().stream().map(other -> other.name()).toList();
        return new ProviderRequest(ByteBufUtil.writeUtf8(allocator, lines), dropped);
    }

    @Override
    public String streamContentType() {
        return "text/x-telegraph";
    }

    @Override
    public FrameReader newFrames(FrameReader.Listener listener) {
        return new FrameReader() {
            @Override
            public void feed(ByteBuf bytes) {
                for (int from = bytes.readerIndex(); from < bytes.writerIndex(); ) {
                    int end = bytes.indexOf(from, bytes.writerIndex(), (byte) '\n');
                    int to = end < 0 ? bytes.writerIndex() : end;
                    listener.onPayload(bytes, from, to - from);
                    if (end >= 0) {
                        listener.onPayloadEnd();
                    }
                    from = to + 1;
                }
            }

            @Override
            public void end() {
                listener.onPayloadEnd();
            }

            @Override
            public boolean isBroken() {
                return false;
            }
        };
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return new Answer(events);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return StatusError.of(httpStatus, body.toString(UTF_8), /* aboutModel= */ false);
    }

    /** A payload is a line of a stream, or all lines of a whole answer. */
    private static final class Answer implements AnswerReader {
        private final ChatEvents events;
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        private Usage usage = Usage.NONE;
        private boolean finished;
        private @Nullable GatewayError error;

        Answer(ChatEvents events) {
            this.events = events;
        }

        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            payload.writeBytes(ByteBufUtil.getBytes(buffer, index, length));
        }

        @Override
        public Event onPayloadEnd() {
            Event event = Event.EMPTY;
            for (String line : payload.toString(UTF_8).lines().toList()) {
                event = onLine(line);
            }
            payload.reset();
            return event;
        }

        private Event onLine(String line) {
            byte[] utf8 = line.getBytes(UTF_8);
            switch (line.isEmpty() ? ' ' : line.charAt(0)) {
                case '+' -> {
                    events.onText(0, Channel.CONTENT, utf8, 1, utf8.length);
                    return Event.CONTENT;
                }
                case '.' -> {
                    String[] figures = line.substring(1).split(",", -1);
                    long unknown = Usage.UNKNOWN;
                    usage = Usage.of(Long.parseLong(figures[0]), unknown, unknown, Long.parseLong(figures[1]), unknown);
                    events.onFinish(0, FinishReason.STOP, null);
                    finished = true;
                    return Event.DONE;
                }
                case '!' -> {
                    error = GatewayError.provider(ErrorKind.OVERLOADED, line.substring(1));
                    return Event.ERROR;
                }
                default -> {
                    return Event.MALFORMED;
                }
            }
        }

        @Override
        public boolean finished() {
            return finished;
        }

        @Override
        public Usage usage() {
            return usage;
        }

        @Override
        public boolean reportedUsage() {
            return finished;
        }

        @Override
        public @Nullable String model() {
            return null;
        }

        @Override
        public @Nullable String serviceTier() {
            return null;
        }

        @Override
        public @Nullable GatewayError error() {
            return error;
        }

        @Override
        public void close() {}
    }
}
