package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.store.BudgetRow;
import dev.sluice.gateway.store.BudgetStore;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/api/budgets}: amounts that are given out while the gateway runs, beside those of the configuration. Thread: a
 * virtual one for each request.
 */
public final class BudgetApi implements AdminPart {
    private static final String OBJECT = "budget";
    private static final String SUBJECT = "budgets";

    private final Changes changes;
    private final Supplier<List<String>> tiers;
    private final LimitFigures figures;

    /** @param tiers that the configuration in force knows */
    public BudgetApi(Changes changes, Supplier<List<String>> tiers, LimitFigures figures) {
        this.changes = changes;
        this.tiers = tiers;
        this.figures = figures;
    }

    @Override
    public List<AdminRoute> routes() {
        Shape view = new Shape.View(BudgetView.class);
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/budgets",
                        Paging.document(RouteDocument.of(SUBJECT, "Budgets, in the order of their ids.")
                                        .query("team", "only budgets of this team")
                                        .query("name", "only budgets with this in their name"))
                                .answers(200, new Shape.Page(BudgetView.class)),
                        this::list),
                AdminRoute.of(
                        "POST /admin/api/budgets",
                        RouteDocument.of(SUBJECT, "Makes a budget. Every gateway goes by it within a second.")
                                .header(Changes.IDEMPOTENCY_KEY, false, "makes asking again harmless, for a day")
                                .takes(BudgetWish.NEW)
                                .answers(201, view),
                        this::create),
                AdminRoute.of(
                        "GET /admin/api/budgets/{id}",
                        RouteDocument.of(
                                        SUBJECT,
                                        "One budget, with what is used and left of it now; its version is in the header ETag.")
                                .answers(200, view),
                        this::show),
                AdminRoute.of(
                        "PATCH /admin/api/budgets/{id}",
                        RouteDocument.of(SUBJECT, "Changes what the body names. What has been counted stays counted.")
                                .header(Precondition.HEADER, true, "the version that the change is made for")
                                .takes(BudgetWish.CHANGE)
                                .answers(200, view),
                        this::change),
                AdminRoute.of(
                        "DELETE /admin/api/budgets/{id}",
                        RouteDocument.of(SUBJECT, "Removes the budget, and what was counted for it."),
                        this::delete));
    }

    private AdminResponse list(AdminRequest request) throws Exception {
        Paging paging = Paging.of(request, "team", "name");
        String team = Parameters.text(request, "team");
        String name = Parameters.text(request, "name");
        return changes.read(connection -> paging.page(
                new BudgetStore(connection).list(request.reach(), team, name, paging.after(), paging.wanted()),
                BudgetRow::id,
                BudgetView::of));
    }

    private AdminResponse show(AdminRequest request) throws Exception {
        return changes.read(connection -> {
            BudgetRow row = covered(request.reach(), new BudgetStore(connection).find(request.id()), request.id());
            return view(200, row, row.enabled() ? figures.of(row.budget()) : null);
        });
    }

    private AdminResponse create(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), BudgetWish.NEW);
        String team = body.has("team") ? body.text("team") : request.caller().tenant();
        Budget budget = BudgetWish.create(body, UUID.randomUUID().toString(), team, tiers.get());
        boolean enabled = body.flag("enabled", true);
        return changes.create(request, change -> {
            checkTeam(change, request.reach(), team);
            BudgetStore budgets = new BudgetStore(change.connection());
            if (!budgets.insert(budget, enabled)) {
                throw nameTaken(budget);
            }
            BudgetRow row = Objects.requireNonNull(budgets.find(budget.id()));
            audit(change, "create", row, null, BudgetView.of(row));
            return view(201, row, null);
        });
    }

    /** Everybody's is for those who reach everybody. */
    private static void checkTeam(Change change, Reach reach, @Nullable String team)
            throws InvalidParameterException, SQLException {
        if (team != null) {
            KeyRules.checkTeam(change, reach, team);
        } else if (reach.scope() != Scope.ALL) {
            throw new InvalidParameterException(
                    "team", "`team` is null, which is everybody's; allowed: `" + reach.onlyTeam() + "`");
        }
    }

    private AdminResponse change(AdminRequest request) throws Exception {
        Body body = Body.of(request.body(), BudgetWish.CHANGE);
        return changes.change(request, change -> {
            BudgetStore budgets = new BudgetStore(change.connection());
            BudgetRow before = covered(request.reach(), budgets.hold(request.id()), request.id());
            Precondition.require(request, before.version());
            Budget wanted = BudgetWish.change(body, before.budget());
            if (!budgets.update(wanted, body.flag("enabled", before.enabled()))) {
                throw nameTaken(wanted);
            }
            BudgetRow row = Objects.requireNonNull(budgets.find(before.id()));
            audit(change, "update", row, BudgetView.of(before), BudgetView.of(row));
            return view(200, row, null);
        });
    }

    private AdminResponse delete(AdminRequest request) throws Exception {
        return changes.change(request, change -> {
            BudgetStore budgets = new BudgetStore(change.connection());
            BudgetRow before = covered(request.reach(), budgets.hold(request.id()), request.id());
            budgets.delete(before.id());
            audit(change, "delete", before, BudgetView.of(before), null);
            return AdminResponse.noContent();
        });
    }

    private static void audit(
            Change change, String action, BudgetRow row, @Nullable BudgetView before, @Nullable BudgetView after)
            throws SQLException {
        String team = row.budget().team();
        change.audit(action, OBJECT, row.id(), team == null ? Principal.DEFAULT_TEAM : team, before, after);
    }

    private static BudgetRow covered(Reach reach, @Nullable BudgetRow row, String id) throws RefusedException {
        String team = row == null ? null : row.budget().team();
        boolean reached = row != null && (team == null ? reach.scope() == Scope.ALL : reach.covers(team, null));
        if (!reached) {
            throw RefusedException.notFound(OBJECT, id);
        }
        return Objects.requireNonNull(row);
    }

    private static RefusedException nameTaken(Budget budget) {
        return new RefusedException(
                409, "budget_exists", "the team has another budget with the name `" + Echo.of(budget.name()) + "`");
    }

    private static AdminResponse view(int status, BudgetRow row, LimitFigures.@Nullable Standing standing) {
        return AdminResponse.json(status, json -> Json.write(json, BudgetView.of(row, standing)))
                .withHeader("etag", Precondition.tag(row.version()));
    }
}
