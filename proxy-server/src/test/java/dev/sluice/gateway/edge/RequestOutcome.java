package dev.sluice.gateway.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Locale;

/**
 * What came out of a reader of requests, in one line: for each request its method, target, version if it is an old one,
 * fields, and, where it is whole, its body in quotes; at a refusal what has come of the body, and why.
 */
final class RequestOutcome {
    private final StringBuilder told = new StringBuilder();
    private final StringBuilder body = new StringBuilder();

    /** Takes all that came out of {@code channel}. */
    static String of(EmbeddedChannel channel) {
        RequestOutcome outcome = new RequestOutcome();
        for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
            outcome.add(next);
        }
        return outcome.told.toString().strip();
    }

    private void add(Object message) {
        if (message instanceof Refused refused) {
            if (!body.isEmpty()) {
                endBody();
            }
            told.append("refused ").append(refused.error().kind()).append(' ');
            return;
        }
        if (message instanceof HttpRequest request) {
            told.append(request.method()).append(' ').append(request.uri()).append(' ');
            if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
                told.append(request.protocolVersion()).append(' ');
            }
            request.headers()
                    .forEach(field -> told.append(field.getKey().toLowerCase(Locale.ROOT))
                            .append('=')
                            .append(field.getValue())
                            .append(' '));
        }
        if (message instanceof HttpContent content) {
            body.append(content.content().toString(ISO_8859_1));
            content.release();
            if (content instanceof LastHttpContent) {
                endBody();
            }
        }
    }

    private void endBody() {
        told.append('\'').append(body).append("' ");
        body.setLength(0);
    }
}
