package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.RequestReader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for, in its own words. Belongs to an exchange and is used for one call after the other; who needs a
 * word of it for longer than the call takes it before.
 *
 * <pre>
 *   begin ──▶ (body, reader)* ──▶ forgetBody ──▶ end
 * </pre>
 *
 * Thread: event loop.
 */
final class CallerRequest {
    private final RequestBody body = new RequestBody();
    private @Nullable CallHead head;
    private @Nullable CallPath path;
    private @Nullable RequestReader reader;

    /** @param knows what the gateway must know of the body; closed here */
    void begin(CallHead asked, CallPath at, RequestReader knows) {
        head = asked;
        path = at;
        reader = knows;
    }

    CallHead head() {
        return Objects.requireNonNull(head);
    }

    CallPath path() {
        return Objects.requireNonNull(path);
    }

    /** Until {@link #forgetBody}. */
    RequestReader reader() {
        return Objects.requireNonNull(reader);
    }

    /** As it came. */
    RequestBody body() {
        return body;
    }

    /** No attempt will be made any more: what was said need not be known. */
    void forgetBody() {
        body.release();
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    /** The call is over. */
    void end() {
        forgetBody();
        head = null;
        path = null;
    }
}
