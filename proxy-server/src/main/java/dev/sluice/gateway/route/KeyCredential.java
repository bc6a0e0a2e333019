package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/** A key that the operator wrote down, in the header where the dialect has it. Thread: any. */
public record KeyCredential(String header, String value, Secret secret) implements Credential {

    public KeyCredential(ProviderDialect dialect, Secret key) {
        this(dialect.credentialHeader(), dialect.credentialValue(key.reveal()), key);
    }

    @Override
    public boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers) {
        headers.set(header, value);
        return true;
    }

    @Override
    public boolean isFixed() {
        return true;
    }

    @Override
    public String toString() {
        return header + ": ***";
    }
}
