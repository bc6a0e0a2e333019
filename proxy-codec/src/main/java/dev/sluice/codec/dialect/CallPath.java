package dev.sluice.codec.dialect;

import org.jspecify.annotations.Nullable;

/**
 * What the target of a request says of the call: which endpoint, and with some dialects what others say in the body.
 *
 * @param model as the path names it, decoded; null where the body names it
 * @param stream whether the path asks for a stream of events; false where the body does
 * @param query behind the question mark, undecoded, without credentials; null for none
 */
public record CallPath(
        Endpoint endpoint,
        @Nullable String model,
        boolean stream,
        @Nullable String query) {
    public CallPath(Endpoint endpoint) {
        this(endpoint, null, false, null);
    }
}
