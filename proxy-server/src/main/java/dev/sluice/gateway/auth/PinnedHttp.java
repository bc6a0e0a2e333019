package dev.sluice.gateway.auth;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asks a host that the configuration names something over HTTP/1.1, without being led elsewhere: the addresses of its name are looked up once, those that
 * are not public are struck out, and the connection goes to one of the rest, so that a name that means something else a
 * moment later changes nothing. No redirect is followed, no proxy is asked, an answer has {@value #MAX_BODY_BYTES} bytes at
 * most, and five seconds after the name is known everything is over. The certificate must be the name's.
 *
 * <p>{@code java.net.http.HttpClient} looks names up by itself, after any check; so this is a socket, with Netty's codec to
 * speak HTTP. What remains: whoever rules the name's DNS may choose among all public addresses, and how long the look-up
 * takes is the system's affair.
 *
 * <p>Thread: any that may block.
 */
public final class PinnedHttp implements IssuerHttp {
    static final int MAX_BODY_BYTES = 1 << 20;
    static final Duration DEADLINE = Duration.ofSeconds(5);

    private static final int MAX_RECEIVED_BYTES = MAX_BODY_BYTES + (64 << 10);
    private static final int READ_BYTES = 16_384;

    private final Names names;
    private final boolean allowPrivate;
    private final SSLSocketFactory tls;
    private final Duration deadline;

    /** Where the addresses of a host come from. */
    @FunctionalInterface
    interface Names {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** @param allowPrivate whether the host may be at any address, and without TLS */
    public PinnedHttp(boolean allowPrivate) {
        this(InetAddress::getAllByName, allowPrivate, (SSLSocketFactory) SSLSocketFactory.getDefault(), DEADLINE);
    }

    PinnedHttp(Names names, boolean allowPrivate, SSLSocketFactory tls, Duration deadline) {
        this.names = names;
        this.allowPrivate = allowPrivate;
        this.tls = tls;
        this.deadline = deadline;
    }

    @Override
    public boolean allows(URI url) {
        return "https".equals(url.getScheme()) || (allowPrivate && "http".equals(url.getScheme()));
    }

    @Override
    public Answer get(URI url) throws IOException {
        return exchange(url, request(HttpMethod.GET, url, Unpooled.EMPTY_BUFFER));
    }

    @Override
    public Answer post(URI url, String form, @Nullable String authorization) throws IOException {
        FullHttpRequest request = request(HttpMethod.POST, url, Unpooled.copiedBuffer(form, StandardCharsets.US_ASCII));
        request.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.headers()
                .setInt(HttpHeaderNames.CONTENT_LENGTH, request.content().readableBytes());
        if (authorization != null) {
            request.headers().set(HttpHeaderNames.AUTHORIZATION, authorization);
        }
        return exchange(url, request);
    }

    /**
     * Sends JSON.
     *
     * @param headers further ones, by name
     * @throws IOException when there is no answer; the message names the host and never the whole URL
     */
    public Answer post(URI url, byte[] json, Map<String, String> headers) throws IOException {
        FullHttpRequest request = request(HttpMethod.POST, url, Unpooled.wrappedBuffer(json));
        request.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, json.length);
        headers.forEach(request.headers()::set);
        return exchange(url, request);
    }

    private static FullHttpRequest request(HttpMethod method, URI url, ByteBuf body) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String target = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, target, body);
        request.headers()
                .set(HttpHeaderNames.HOST, url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort())
                .set(HttpHeaderNames.ACCEPT, "application/json")
                .set(HttpHeaderNames.ACCEPT_ENCODING, "identity")
                .set(HttpHeaderNames.USER_AGENT, "sluice")
                .set(HttpHeaderNames.CONNECTION, "close");
        return request;
    }

    /** Takes {@code request}. */
    private Answer exchange(URI url, FullHttpRequest request) throws IOException {
        EmbeddedChannel http = new EmbeddedChannel(new HttpClientCodec(), new HttpObjectAggregator(MAX_BODY_BYTES));
        try {
            byte[] asked = encoded(http, request);
            IOException last = null;
            long endNanos = System.nanoTime() + deadline.toNanos();
            for (InetAddress address : addresses(url)) {
                try (Socket socket = new Socket()) {
                    CompletableFuture<Void> alarm = closeAt(endNanos, socket);
                    try {
                        connect(socket, new InetSocketAddress(address, port(url)), endNanos);
                    } catch (IOException e) {
                        last = e;
                        continue;
                    }
                    Answer answer = converse(http, secured(socket, url), asked);
                    alarm.cancel(false);
                    return answer;
                }
            }
            throw last == null ? new IOException("has no address") : last;
        } catch (IOException | RuntimeException e) {
            throw new IOException(url.getHost() + " gives no usable answer: " + e.getMessage(), e);
        } finally {
            http.finishAndReleaseAll();
        }
    }

    private List<InetAddress> addresses(URI url) throws IOException {
        if (!allows(url)) {
            throw new IOException("the scheme is " + url.getScheme() + "; allowed: https, http with allow_private");
        }
        List<InetAddress> all = new ArrayList<>(Arrays.asList(names.addresses(url.getHost())));
        if (!allowPrivate) {
            all.removeIf(address -> !PublicAddress.is(address));
        }
        if (all.isEmpty()) {
            throw new IOException("none of its addresses is public; allowed: public ones, all with allow_private");
        }
        return all;
    }

    private static int port(URI url) {
        if (url.getPort() > 0) {
            return url.getPort();
        }
        return "https".equals(url.getScheme()) ? 443 : 80;
    }

    /** A read that is answered a byte at a time never times out by itself. */
    private static CompletableFuture<Void> closeAt(long endNanos, Socket socket) {
        long leftNanos = Math.max(0, endNanos - System.nanoTime());
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        socket.close();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                CompletableFuture.delayedExecutor(leftNanos, TimeUnit.NANOSECONDS));
    }

    private static void connect(Socket socket, InetSocketAddress address, long endNanos) throws IOException {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
        if (leftMillis <= 0) {
            throw new IOException("took too long");
        }
        socket.connect(address, (int) leftMillis);
    }

    private Socket secured(Socket socket, URI url) throws IOException {
        if (!"https".equals(url.getScheme())) {
            return socket;
        }
        SSLSocket secured = (SSLSocket) tls.createSocket(socket, url.getHost(), port(url), /* autoClose= */ true);
        SSLParameters parameters = secured.getSSLParameters();
        // Without it any certificate of any name would do.
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    /** Takes {@code request}. */
    private static byte[] encoded(EmbeddedChannel http, FullHttpRequest request) {
        http.writeOutbound(request);
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf part = http.readOutbound(); part != null; part = http.readOutbound()) {
            all.writeBytes(part);
            part.release();
        }
        return ByteBufUtil.getBytes(all);
    }

    private static Answer converse(EmbeddedChannel http, Socket socket, byte[] asked) throws IOException {
        socket.getOutputStream().write(asked);
        socket.getOutputStream().flush();
        InputStream in = socket.getInputStream();
        byte[] chunk = new byte[READ_BYTES];
        int received = 0;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            received += n;
            if (received > MAX_RECEIVED_BYTES) {
                throw new IOException("answers more than " + MAX_BODY_BYTES + " bytes");
            }
            http.writeInbound(Unpooled.copiedBuffer(chunk, 0, n));
            Answer answer = answer(http);
            if (answer != null) {
                return answer;
            }
        }
        http.finish();
        Answer answer = answer(http);
        if (answer == null) {
            throw new IOException("the answer ends before it is complete");
        }
        return answer;
    }

    /** Null when there is none yet; that one is on its way (a status of 1xx) is none. */
    private static @Nullable Answer answer(EmbeddedChannel http) throws IOException {
        for (FullHttpResponse response = http.readInbound(); response != null; response = http.readInbound()) {
            try {
                if (response.decoderResult().isFailure()) {
                    throw new IOException("what it says is not HTTP");
                }
                if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
                    String body = StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(response.content().nioBuffer())
                            .toString();
                    return new Answer(response.status().code(), body);
                }
            } finally {
                response.release();
            }
        }
        return null;
    }
}
