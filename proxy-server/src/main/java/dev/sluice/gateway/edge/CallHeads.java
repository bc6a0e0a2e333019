package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.gateway.exchange.CallHead;
import dev.sluice.gateway.exchange.Caller;
import dev.sluice.gateway.exchange.ExchangeLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Makes out of the heads of a connection's requests what an exchange wants to know of them. One a connection; remembers
 * who is at its other end. Thread: event loop.
 */
final class CallHeads {
    private static final int MAX_ID_CHARS = 128;

    private final ExchangeLoop loop;
    private final CallerDialects dialects;
    private final boolean http2;
    private final Caller caller;
    /** Of the request before, which clients mostly repeat. */
    private @Nullable String askedUri;

    private @Nullable HttpMethod askedMethod;
    private Route asked = Route.UNKNOWN;

    /** @param from the address at the other end of the connection */
    CallHeads(ExchangeLoop loop, CallerDialects dialects, boolean http2, InetAddress from) {
        this.loop = loop;
        this.dialects = dialects;
        this.http2 = http2;
        this.caller = loop.newCaller(from);
    }

    /** Who is at the other end. */
    Caller caller() {
        return caller;
    }

    /** What a request asks for. The decoder gives the very string again for the same target. */
    @SuppressWarnings("ReferenceEquality")
    Route route(HttpRequest request) {
        String uri = request.uri();
        HttpMethod method = request.method();
        if (uri != askedUri || !method.equals(askedMethod)) {
            asked = Route.of(method, uri);
            askedUri = uri;
            askedMethod = method;
        }
        return asked;
    }

    /** What a request shows to be let in; null when it shows nothing. */
    @Nullable
    String credential(HttpRequest request, Route route) {
        String presented = PresentedKey.of(request.headers(), request.uri(), caller);
        return presented == null && route instanceof Route.Socket
                ? SocketProtocols.of(request.headers()).key()
                : presented;
    }

    /** Of a call in a dialect of its own. */
    CallHead of(HttpRequest request, String label, WireFormat format, long sinceNanos) {
        return of(request, label, dialects.of(format), sinceNanos);
    }

    /** Of a call that every dialect has, or none. */
    CallHead of(HttpRequest request, String label, long sinceNanos) {
        return of(request, label, dialects.guess(request.uri(), request.headers()), sinceNanos);
    }

    /** Of a request whose head could not be read. */
    CallHead anonymous() {
        return new CallHead(
                dialects.of(WireFormat.OPENAI),
                "other",
                loop.newRequestId(),
                caller,
                null,
                http2 ? "HTTP/2" : "HTTP/1.1",
                DefaultHttpHeadersFactory.headersFactory().newEmptyHeaders(),
                loop.ticker().nanoTime());
    }

    private CallHead of(HttpRequest request, String label, InboundDialect dialect, long sinceNanos) {
        HttpHeaders headers = request.headers();
        return new CallHead(
                dialect,
                label,
                requestId(headers),
                caller,
                PresentedKey.of(headers, request.uri(), caller),
                http2 ? "HTTP/2" : request.protocolVersion().text(),
                headers,
                sinceNanos);
    }

    /** The caller's own id where it can be echoed, else a new one. */
    private String requestId(HttpHeaders headers) {
        String own = headers.get("x-request-id");
        return own != null && isRepeatable(own) ? own : loop.newRequestId();
    }

    /** Whether an id that a caller made up can stand in the head of its answer. */
    static boolean isRepeatable(String id) {
        if (id.isEmpty() || id.length() > MAX_ID_CHARS) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            if (id.charAt(i) <= 0x20 || id.charAt(i) > 0x7e) {
                return false;
            }
        }
        return true;
    }
}
