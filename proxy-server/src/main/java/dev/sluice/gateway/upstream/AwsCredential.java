package dev.sluice.gateway.upstream;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.route.Credential;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests to Amazon with an access key. The body is hashed on the event loop: some 2 us for each kilobyte.
 * Thread: any.
 */
public final class AwsCredential implements Credential {
    private final AwsSignature signature;
    private final @Nullable Secret sessionToken;
    private final InstantSource clock;

    /** @param service as Amazon names it, such as {@code bedrock} */
    public AwsCredential(GatewayConfig.Aws aws, String service, InstantSource clock) {
        this.signature = new AwsSignature(
                aws.accessKeyId().reveal(), aws.secretAccessKey(), aws.sessionToken(), aws.region(), service);
        this.sessionToken = aws.sessionToken();
        this.clock = clock;
    }

    @Override
    public boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers) {
        signature.sign(method, authority, path, body, headers, clock.instant());
        return true;
    }

    @Override
    public boolean signsBody() {
        return true;
    }

    @Override
    public @Nullable Secret secret() {
        return sessionToken;
    }
}
