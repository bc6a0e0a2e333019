package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.limit.Reputations;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/api/reputations}: callers that behaved badly, what that costs them, and forgetting it. What this gateway
 * remembers; each remembers for itself. Addresses are nobody's: they are shown to those who reach everything. Thread: a
 * virtual one for each request.
 */
public final class ReputationApi implements AdminPart {
    private static final String SUBJECT = "limits";
    private static final String OBJECT = "reputation";

    private final Reputations reputations;
    private final Changes changes;

    public ReputationApi(Reputations reputations, Changes changes) {
        this.reputations = reputations;
        this.changes = changes;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/reputations",
                        Paging.document(RouteDocument.of(
                                        SUBJECT,
                                        "Callers that behaved badly of late, and what that costs them: on this gateway,"
                                                + " for each remembers for itself."))
                                .answers(200, new Shape.Page(ReputationView.class)),
                        this::list),
                AdminRoute.of(
                        "DELETE /admin/api/reputations/{id}",
                        RouteDocument.of(
                                SUBJECT,
                                "Forgets how a caller behaved: it has all of its limits again, and is not blocked."),
                        this::forget));
    }

    private AdminResponse list(AdminRequest request) throws InvalidParameterException {
        Paging paging = Paging.of(request);
        List<Reputations.Seen> page = reputations.list().stream()
                .filter(seen -> covers(request.reach(), seen))
                .filter(seen -> seen.id().compareTo(paging.after()) > 0)
                .limit(paging.wanted())
                .toList();
        return paging.page(page, Reputations.Seen::id, ReputationView::of);
    }

    private AdminResponse forget(AdminRequest request) throws Exception {
        String id = request.id();
        AdminResponse answer = changes.change(request, change -> {
            Reputations.@Nullable Seen before = reputations.find(id);
            if (before == null || !covers(request.reach(), before)) {
                throw RefusedException.notFound(OBJECT, id);
            }
            change.audit(
                    "forget",
                    OBJECT,
                    id,
                    Objects.requireNonNullElse(before.team(), Principal.DEFAULT_TEAM),
                    ReputationView.of(before),
                    null);
            return AdminResponse.noContent();
        });
        if (answer.status() < 400) {
            reputations.forget(id);
        }
        return answer;
    }

    private static boolean covers(Reach reach, Reputations.Seen seen) {
        String team = seen.team();
        return team == null ? reach.scope() == Scope.ALL : reach.covers(team, null);
    }
}
