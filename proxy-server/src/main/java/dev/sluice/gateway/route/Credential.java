package dev.sluice.gateway.route;

import dev.sluice.gateway.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** What proves to a provider who pays. Thread: any. */
public interface Credential {

    /** For providers that ask for nothing. */
    Credential NONE = new Credential() {
        @Override
        public boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers) {
            return true;
        }

        @Override
        public boolean isFixed() {
            return true;
        }

        @Override
        public @Nullable Secret secret() {
            return null;
        }
    };

    /** A key that is kept elsewhere and has not been seen yet, or not any more. */
    Credential AWAITED = new Credential() {
        @Override
        public boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers) {
            return false;
        }

        @Override
        public @Nullable Secret secret() {
            return null;
        }
    };

    /**
     * Adds to {@code headers} what the provider wants to see.
     *
     * @param path the whole target of the request, query included
     * @param body the whole body; borrows it
     * @return false when there is nothing to sign with for the time being
     */
    boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers);

    /** Whether it adds the same to every request, and always does: then it is asked once for many. */
    default boolean isFixed() {
        return false;
    }

    /** Whether it signs the body too, so that the body must be whole before the first of it is sent. */
    default boolean signsBody() {
        return false;
    }

    /** What of it travels in the clear and must not come back to a caller; null when nothing does. */
    @Nullable
    Secret secret();
}
