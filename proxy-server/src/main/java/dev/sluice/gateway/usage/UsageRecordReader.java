package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.Counted;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link UsageRecords} wrote. The journal's checksum has vouched for the bytes, so that a record which does not
 * read was written by another version, or wrongly: it is refused whole, never guessed at.
 *
 * <p>The buffers that are handed in are borrowed and left as they were. Thread: writer.
 */
final class UsageRecordReader {
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private ByteBuffer in = ByteBuffer.allocate(0);

    /** An attempt that began: what an OPEN record says. */
    record Opened(
            UUID eventId,
            long startedAtMicros,
            String requestId,
            int attempt,
            @Nullable String keyId,
            @Nullable String teamId,
            @Nullable String endUser,
            @Nullable String tags,
            String endpoint,
            @Nullable String requestedModel,
            String provider,
            String upstreamModel,
            boolean stream,
            Counted counted) {}

    /** How far an attempt had come: what a PROGRESS record says. */
    record Progress(UUID eventId, Counted counted, Usage usage, int elapsedMillis, int ttftMillis) {}

    @FunctionalInterface
    private interface Fields<T> {
        T read(UUID eventId) throws UnreadableRecordException;
    }

    Opened open(ByteBuffer payload) throws UnreadableRecordException {
        return record(
                payload,
                id -> new Opened(
                        id,
                        number("started_at", Long.MAX_VALUE),
                        known("request_id"),
                        (int) number("attempt", Short.MAX_VALUE),
                        text("key_id"),
                        text("team_id"),
                        text("end_user"),
                        text("tags"),
                        known("endpoint"),
                        text("requested_model"),
                        known("provider"),
                        known("upstream_model"),
                        flag("stream"),
                        counted()));
    }

    Progress progress(ByteBuffer payload) throws UnreadableRecordException {
        return record(payload, id -> new Progress(id, counted(), usage(), millis("elapsed"), millis("ttft")));
    }

    UsageEvent close(ByteBuffer payload) throws UnreadableRecordException {
        return record(
                payload,
                id -> new UsageEvent(
                        id,
                        number("started_at", Long.MAX_VALUE),
                        known("request_id"),
                        (int) number("attempt", Short.MAX_VALUE),
                        text("key_id"),
                        text("team_id"),
                        text("end_user"),
                        text("tags"),
                        known("endpoint"),
                        text("requested_model"),
                        known("provider"),
                        known("upstream_model"),
                        flag("stream"),
                        known("status"),
                        (int) number("http_status", Short.MAX_VALUE),
                        usage(),
                        figure("counted_input"),
                        figure("counted_output"),
                        known("usage_source"),
                        flag("lower_bound"),
                        text("service_tier"),
                        figure("cost_nano"),
                        figure("price_version"),
                        millis("ttft_ms"),
                        millis("duration_ms"),
                        text("provider_request_id")));
    }

    private <T> T record(ByteBuffer payload, Fields<T> fields) throws UnreadableRecordException {
        in = payload.duplicate();
        if (in.remaining() <= UsageRecords.ID_BYTES) {
            throw new UnreadableRecordException(
                    "a record of " + in.remaining() + " bytes; the least is " + (UsageRecords.ID_BYTES + 1));
        }
        UUID eventId = new UUID(in.getLong(), in.getLong());
        byte version = in.get();
        if (version != UsageRecords.VERSION) {
            throw new UnreadableRecordException(
                    "version " + version + "; this program reads version " + UsageRecords.VERSION);
        }
        T read = fields.read(eventId);
        if (in.hasRemaining()) {
            throw new UnreadableRecordException(in.remaining() + " bytes behind the last field");
        }
        return read;
    }

    private Counted counted() throws UnreadableRecordException {
        return new Counted(
                figure("counted_input"),
                flag("input_exact"),
                figure("counted_output"),
                flag("output_exact"),
                flag("lower_bound"));
    }

    private Usage usage() throws UnreadableRecordException {
        return new Usage(
                figure("input_tokens"),
                figure("cached_tokens"),
                figure("cache_write_tokens"),
                figure("cache_write_1h_tokens"),
                figure("input_audio_tokens"),
                figure("cached_audio_tokens"),
                figure("input_image_tokens"),
                figure("output_tokens"),
                figure("reasoning_tokens"),
                figure("output_audio_tokens"),
                figure("output_image_tokens"),
                figure("web_searches"),
                figure("provider_cost_nano"));
    }

    private long figure(String name) throws UnreadableRecordException {
        return number(name, Long.MAX_VALUE);
    }

    private int millis(String name) throws UnreadableRecordException {
        return (int) number(name, Integer.MAX_VALUE);
    }

    /** @return -1 to {@code most} */
    private long number(String name, long most) throws UnreadableRecordException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = next(name);
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                // Long.MAX_VALUE plus one is the sign bit alone: the only number above it that may be written.
                boolean overlong = shift == 63 && next > 1;
                if (overlong || Long.compareUnsigned(value, most + 1) > 0) {
                    break;
                }
                return value - 1;
            }
        }
        throw new UnreadableRecordException(name + " is no number from -1 to " + most);
    }

    private boolean flag(String name) throws UnreadableRecordException {
        byte value = next(name);
        if (value != 0 && value != 1) {
            throw new UnreadableRecordException(name + " is " + value + "; allowed: 0 or 1");
        }
        return value == 1;
    }

    private byte next(String name) throws UnreadableRecordException {
        if (!in.hasRemaining()) {
            throw new UnreadableRecordException("the record ends within " + name);
        }
        return in.get();
    }

    private String known(String name) throws UnreadableRecordException {
        String text = text(name);
        if (text == null) {
            throw new UnreadableRecordException(name + " is missing");
        }
        return text;
    }

    private @Nullable String text(String name) throws UnreadableRecordException {
        int bytes = (int) number(name, Integer.MAX_VALUE);
        if (bytes < 0) {
            return null;
        }
        if (bytes > in.remaining()) {
            throw new UnreadableRecordException(
                    name + " has " + bytes + " bytes, the record only " + in.remaining() + " more");
        }
        ByteBuffer text = in.slice(in.position(), bytes);
        in.position(in.position() + bytes);
        try {
            return utf8.decode(text).toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableRecordException(name + " is no UTF-8: " + e.getMessage());
        }
    }
}
