package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.exchange.OpenStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/api/streams}: what callers have open at this moment, with what it has come to so far, and an end for what
 * must not go on. Thread: a virtual one for each request.
 */
public final class StreamApi implements AdminPart {
    private static final String SUBJECT = "streams";
    private static final String OBJECT = "stream";

    private final Changes changes;
    private final OpenStreams streams;

    public StreamApi(Changes changes, OpenStreams streams) {
        this.changes = changes;
        this.streams = streams;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/streams",
                        Paging.document(RouteDocument.of(
                                                SUBJECT,
                                                "Calls that have begun and not ended on this gateway, with running tokens and cost.")
                                        .query("team", "only calls of this team")
                                        .query("key", "only calls with the key of this id")
                                        .query("model", "only calls that asked for this model"))
                                .answers(200, new Shape.Page(StreamView.class)),
                        this::list),
                AdminRoute.of(
                        "DELETE /admin/api/streams/{id}",
                        RouteDocument.of(
                                SUBJECT,
                                "Stops the call: its answer ends as one that was allowed no more tokens. What came is billed."),
                        this::stop));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request, "team", "key", "model");
        String team = Parameters.text(request, "team");
        String key = Parameters.text(request, "key");
        String model = Parameters.text(request, "model");
        List<OpenStream> all;
        try {
            all = streams.all();
        } catch (TimeoutException e) {
            return busy();
        }
        List<OpenStream> shown = all.stream()
                .filter(stream -> isCovered(request.reach(), stream))
                .filter(stream -> isAsked(team, stream.caller().tenant()))
                .filter(stream -> isAsked(key, stream.caller().keyId()))
                .filter(stream -> isAsked(model, stream.model()))
                .filter(stream -> StreamView.id(stream).compareTo(paging.after()) > 0)
                .limit(paging.wanted())
                .toList();
        return paging.page(shown, StreamView::id, StreamView::of);
    }

    private static boolean isAsked(@Nullable String wanted, @Nullable String is) {
        return wanted == null || Objects.equals(wanted, is);
    }

    private static boolean isCovered(Reach reach, OpenStream stream) {
        return reach.covers(stream.caller().tenant(), stream.caller().userId());
    }

    private AdminResponse stop(AdminRequest request) throws Exception {
        OpenStream stream;
        try {
            stream = find(request.id());
        } catch (TimeoutException e) {
            return busy();
        }
        if (stream == null || !isCovered(request.reach(), stream)) {
            return RefusedException.notFound(OBJECT, request.id()).answer();
        }
        AdminResponse written = changes.change(request, change -> {
            change.audit("stop", OBJECT, request.id(), stream.caller().tenant(), StreamView.of(stream), null);
            return AdminResponse.noContent();
        });
        if (written.status() < 400) {
            streams.stop(stream);
        }
        return written;
    }

    private @Nullable OpenStream find(String id) throws InterruptedException, TimeoutException {
        try {
            OpenStream found = streams.find(Long.parseUnsignedLong(id, 16));
            return found == null || !StreamView.id(found).equals(id) ? null : found;
        } catch (NumberFormatException noIdOfOurs) {
            return null;
        }
    }

    private static AdminResponse busy() {
        return AdminResponse.error(
                        503,
                        "event_loop_busy",
                        null,
                        "an event loop did not say within " + OpenStreams.PATIENCE.toSeconds()
                                + " s what is open on it")
                .withHeader("retry-after", "5");
    }
}
