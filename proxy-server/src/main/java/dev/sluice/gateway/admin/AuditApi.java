package dev.sluice.gateway.admin;

import dev.sluice.gateway.store.AuditLog;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /admin/api/audit}: who changed what, the latest first. Thread: a virtual one for each request. */
public final class AuditApi implements AdminPart {
    private final Changes changes;

    public AuditApi(Changes changes) {
        this.changes = changes;
    }

    @Override
    public List<AdminRoute> routes() {
        RouteDocument document = Paging.document(RouteDocument.of("audit", "Who changed what, the latest first.")
                        .query("actor", "id of the user, or `admin-token`")
                        .query("action", "such as `create`, `update`, `rotate`, `revoke`, `login`")
                        .query("object_type", "`key`, `user`, `team` or `stream`")
                        .query("object_id", "only changes of this object")
                        .query("team", "only changes of this team's objects")
                        .query("from", "the first moment that counts")
                        .query("to", "the first moment that does not count"))
                .answers(200, new Shape.Page(AuditView.class));
        return List.of(AdminRoute.of("GET /admin/api/audit", document, this::list));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request, "actor", "action", "object_type", "object_id", "team", "from", "to");
        AuditLog.Filter filter = new AuditLog.Filter(
                Parameters.text(request, "actor"),
                Parameters.text(request, "action"),
                Parameters.text(request, "object_type"),
                Parameters.text(request, "object_id"),
                Parameters.text(request, "team"),
                Parameters.time(request, "from"),
                Parameters.time(request, "to"),
                before(paging.after()),
                paging.wanted());
        return changes.read(connection -> paging.page(
                new AuditLog(connection).list(request.reach(), filter),
                row -> String.valueOf(row.id()),
                AuditView::of));
    }

    private static @Nullable Long before(String after) throws InvalidParameterException {
        try {
            return after.isEmpty() ? null : Long.valueOf(after);
        } catch (NumberFormatException e) {
            throw new InvalidParameterException(
                    "cursor", "`cursor` is not one that was given out; allowed: `next_cursor` of the page before");
        }
    }
}
