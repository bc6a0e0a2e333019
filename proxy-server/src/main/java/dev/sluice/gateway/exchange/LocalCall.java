package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.RouteTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Calls that the gateway answers itself: the models this key may use, one of them, what the key has used, and requests
 * for what does not exist. Thread: event loop.
 */
public final class LocalCall {

    private final ExchangeLoop loop;
    private final ClientChannel client;
    private final CallHead head;
    private final FieldLines headers = HeaderPolicy.own();
    private @Nullable Principal principal;

    public LocalCall(ExchangeLoop loop, ClientChannel client, CallHead head) {
        this.loop = loop;
        this.client = client;
        this.head = head;
    }

    /** Answers with the list of models. */
    public void list() {
        Principal caller = authenticate();
        if (caller == null) {
            return;
        }
        RouteTable routes = loop.rules().routes();
        List<ModelEntry> allowed = new ArrayList<>();
        for (ModelEntry entry : routes.models()) {
            if (caller.mayUse(entry.id())) {
                allowed.add(entry);
            }
        }
        answer(200, null, head.dialect().modelList(allowed));
    }

    /** Answers with the description of {@code model}. */
    public void describe(String model) {
        Principal caller = authenticate();
        if (caller == null) {
            return;
        }
        Route route = caller.mayUse(model) ? loop.rules().routes().find(model) : null;
        if (route == null) {
            refuse(Refusals.modelNotFound(model));
        } else {
            answer(
                    200,
                    null,
                    head.dialect()
                            .model(new ModelEntry(
                                    model, route.first().provider().name())));
        }
    }

    /**
     * Answers, some time later, with what the key has used.
     *
     * @param query the query of the request target, undecoded
     */
    public void usage(String query) {
        Principal caller = authenticate();
        if (caller != null) {
            new UsageCall(this, loop.eventLoop()).begin(loop.usageLookup(), caller, limits(caller), query);
        }
    }

    private List<LimitLine> limits(Principal caller) {
        Limiter limiter = loop.limiter();
        return limiter == null ? List.of() : LimitLine.of(limiter, caller, head.caller(), head.endpointLabel());
    }

    /** Whether the caller is known; one who is not is answered. */
    public boolean admits() {
        return authenticate() != null;
    }

    /** Answers with an error. */
    public void refuse(GatewayError error) {
        answer(head.dialect().status(error), error, head.dialect().errorBody(error));
    }

    /** Answers that the path knows other methods: {@code allowed}, as for the header {@code Allow}. */
    public void refuseMethod(String allowed) {
        add(HttpHeaderNames.ALLOW, allowed);
        refuse(GatewayError.caller(ErrorKind.METHOD_NOT_ALLOWED, "This path answers to " + allowed + " only."));
    }

    /** Adds a header to the answer to come. */
    void add(CharSequence name, String value) {
        headers.add(name, value);
    }

    private @Nullable Principal authenticate() {
        AuthResult result = head.authenticate(loop.rules());
        if (result instanceof Principal known) {
            principal = known;
            return known;
        }
        refuse(Refusals.unauthenticated(result));
        return null;
    }

    /** A client that has gone meanwhile is answered no more. */
    void answer(int status, @Nullable GatewayError error, String text) {
        boolean gone = !client.isConnected();
        ByteBuf body = ByteBufUtil.writeUtf8(client.allocator(), text);
        HeaderPolicy.describe(headers, head.requestId(), null, 0, -1);
        if (error != null) {
            Refusals.addRetryAfter(headers, error);
        }
        loop.listener()
                .onExchange(new ExchangeSummary(
                        head.requestId(),
                        principal == null ? null : principal.keyId(),
                        principal == null ? null : principal.teamId(),
                        null,
                        Map.of(),
                        head.endpointLabel(),
                        null,
                        /* stream= */ false,
                        gone ? AttemptStatus.CLIENT_ABORT : error == null ? AttemptStatus.OK : AttemptStatus.REFUSED,
                        gone ? 0 : status,
                        error == null ? null : error.kind().code(),
                        head.protocol(),
                        0,
                        gone ? 0 : body.readableBytes(),
                        -1,
                        -1,
                        loop.ticker().nanoTime() - head.startNanos(),
                        head.caller().from(),
                        /* contentRefused= */ false,
                        List.of()));
        if (gone) {
            body.release();
        } else {
            client.answer(status, headers, body);
        }
    }
}
