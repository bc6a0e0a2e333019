package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Credential;
import dev.sluice.gateway.route.KeyCredential;
import dev.sluice.gateway.route.Provider;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RequestHeadsTest {
    private static final Credential KEY = key("the-key");

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final RequestHeads heads = new RequestHeads();
    private final Target configured = target("http://alpha:81/v1");

    private static Credential key(String key) {
        return new KeyCredential("authorization", "Bearer " + key, new Secret(key));
    }

    private static Target target(String url) {
        RouteTable routes = Configs.routes(List.of(Configs.provider("alpha", url, "the-key")), List.of());
        return routes.direct(Objects.requireNonNull(routes.provider("alpha")));
    }

    private Target with(Credential credential) {
        return with(configured.provider(), credential);
    }

    private Target with(Provider provider, Credential credential) {
        return new Target(
                provider,
                credential,
                "m-1",
                configured.timeouts(),
                configured.onClientAbort(),
                configured.rank(),
                configured.weight(),
                configured.abilities(),
                configured.health());
    }

    private static HttpHeaders fields(String... namesAndValues) {
        FieldLines fields = FieldLines.take();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    /** The head of a request; null when there was nothing to sign it with. */
    private @Nullable String head(
            Target target, HttpMethod method, String path, HttpHeaders fields, String body, long rest) {
        ByteBuf content = buffers.utf8(body);
        ByteBuf head = heads.encode(
                new UpstreamRequest(target, method, path, fields, content, rest), content, 0, buffers.allocator());
        content.release();
        if (head == null) {
            return null;
        }
        String text = head.toString(ISO_8859_1);
        head.release();
        return text;
    }

    private @Nullable String post(Target target, String path, HttpHeaders fields) {
        return head(target, HttpMethod.POST, path, fields, "{}", UpstreamRequest.WHOLE);
    }

    @Test
    void theHeadIsWholeAndTheSameEachTime() {
        for (int i = 0; i < 3; i++) {
            assertThat(post(with(KEY), "/v1/chat", fields("accept", "*/*", "user-agent", "curl")))
                    .isEqualTo("POST /v1/chat HTTP/1.1\r\nhost: alpha:81\r\naccept-encoding: identity\r\n"
                            + "authorization: Bearer the-key\r\naccept: */*\r\nuser-agent: curl\r\n"
                            + "content-length: 2\r\n\r\n");
        }
    }

    @Test
    void whoeverTellsNoUserAgentGetsOurs() {
        assertThat(post(with(KEY), "/v1/chat", fields())).contains("\r\nuser-agent: sluice\r\n");
    }

    @Test
    void headersOfAnyKindAreWritten() {
        assertThat(post(with(KEY), "/v1/chat", new DefaultHttpHeaders().add("x", "y")))
                .contains("\r\nx: y\r\n");
    }

    @Test
    void bodiesAreAnnounced() {
        Target target = with(KEY);
        assertThat(head(target, HttpMethod.POST, "/a", fields(), "", UpstreamRequest.WHOLE))
                .endsWith("\r\ncontent-length: 0\r\n\r\n");
        assertThat(head(target, HttpMethod.POST, "/a", fields(), "{}", 123_456_789_008L))
                .endsWith("\r\ncontent-length: 123456789010\r\n\r\n");
        assertThat(head(target, HttpMethod.POST, "/a", fields(), "{}", UpstreamRequest.UNKNOWN))
                .endsWith("\r\ntransfer-encoding: chunked\r\n\r\n")
                .doesNotContain("content-length");
        assertThat(head(target, HttpMethod.GET, "/a", fields(), "", UpstreamRequest.WHOLE))
                .endsWith("\r\nuser-agent: sluice\r\n\r\n");
        assertThat(head(target, HttpMethod.DELETE, "/a", fields(), "{}", UpstreamRequest.WHOLE))
                .endsWith("\r\ncontent-length: 2\r\n\r\n");
    }

    @Test
    void eachPlaceHasAHeadOfItsOwn() {
        Target alpha = with(KEY);
        Target beta = with(target("http://beta/v1").provider(), KEY);
        for (int i = 0; i < 2; i++) {
            assertThat(post(alpha, "/v1/chat", fields()))
                    .startsWith("POST /v1/chat ")
                    .contains("host: alpha:81\r\n");
            assertThat(post(beta, "/v1/chat", fields()))
                    .startsWith("POST /v1/chat ")
                    .contains("host: beta\r\n");
            assertThat(post(with(key("another")), "/v1/chat", fields())).contains("Bearer another\r\n");
            assertThat(post(alpha, "/v1/other", fields())).startsWith("POST /v1/other ");
            assertThat(head(alpha, HttpMethod.GET, "/v1/chat", fields(), "", 0)).startsWith("GET /v1/chat ");
        }
    }

    @Test
    void moreHeadsThanAreKeptAreStillEachItsOwn() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < RequestHeads.PLACES * 4; i++) {
                assertThat(post(with(KEY), "/v1/" + i, fields())).startsWith("POST /v1/" + i + " HTTP/1.1\r\nhost: ");
            }
        }
    }

    @Test
    void aLongPathIsWrittenThoughItIsNotKept() {
        String path = "/" + "a".repeat(RequestHeads.MAX_KEPT_PATH_CHARS);
        assertThat(post(with(KEY), path, fields())).startsWith("POST " + path + " HTTP/1.1\r\n");
        assertThat(post(with(KEY), path, fields())).startsWith("POST " + path + " HTTP/1.1\r\n");
    }

    @Test
    void aCallersCredentialNeverStandsBesideOurs() {
        assertThat(post(with(KEY), "/v1/chat", fields("Authorization", "Bearer callers", "a", "b")))
                .containsOnlyOnce("uthorization")
                .contains("authorization: Bearer the-key\r\n", "a: b\r\n");
    }

    @Test
    void whatChangesIsSignedEachTime() {
        int[] times = {0};
        Target target = with(new Credential() {
            @Override
            public boolean sign(String method, String authority, String path, ByteBuf body, HttpHeaders headers) {
                headers.set("x-signed", method + authority + path + body.readableBytes() + "#" + ++times[0]);
                return times[0] < 3;
            }

            @Override
            public @Nullable Secret secret() {
                return null;
            }
        });

        assertThat(post(target, "/a", fields())).contains("\r\nx-signed: POSTalpha:81/a2#1\r\n");
        assertThat(post(target, "/a", fields())).contains("\r\nx-signed: POSTalpha:81/a2#2\r\n");
        assertThat(post(target, "/a", fields())).isNull();
    }

    @Test
    void providersThatAskForNothingAreToldNothing() {
        assertThat(post(with(Credential.NONE), "/a", fields()))
                .isEqualTo("POST /a HTTP/1.1\r\nhost: alpha:81\r\naccept-encoding: identity\r\n"
                        + "user-agent: sluice\r\ncontent-length: 2\r\n\r\n");
        assertThat(post(with(Credential.AWAITED), "/a", fields())).isNull();
    }

    @Test
    void aPathEndsNoLine() {
        for (String path : new String[] {"/a b", "/a\r\nx: y", "/a\n", "/a\u007f", "/\t"}) {
            assertThatThrownBy(() -> heads.encode(
                            new UpstreamRequest(with(KEY), HttpMethod.POST, path, fields(), Unpooled.EMPTY_BUFFER),
                            Unpooled.EMPTY_BUFFER,
                            0,
                            buffers.allocator()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
