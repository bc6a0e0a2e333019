package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.DataRow;
import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.exchange.AccountDesk;
import dev.sluice.gateway.exchange.RawEndpoint;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The table of access has all that the data plane serves, and nothing else. */
class AccessTableTest {

    @Test
    void everyEndpointOfTheDataPlaneHasARow() {
        Set<String> labels = new TreeSet<>();
        AccessTable.dataRows().forEach(row -> labels.add(row.label()));

        assertThat(labels).isEqualTo(served());
    }

    @Test
    void whatHasNoRowIsClosedToEverybody() {
        for (Role role : Role.values()) {
            assertThat(AccessTable.mayCall("back.door", role)).isFalse();
        }
    }

    @Test
    void everyRouteOfARowLeadsToItsEndpoint() {
        for (DataRow row : AccessTable.dataRows()) {
            for (String route : row.routes()) {
                int space = route.indexOf(' ');
                String path = route.substring(space + 1).replace('{', 'x').replace('}', 'x');
                Route found = Route.of(HttpMethod.valueOf(route.substring(0, space)), path);
                assertThat(label(found)).as(route).isEqualTo(row.label());
            }
        }
    }

    @Test
    void auditorsCallNoModelsAndSeeThemselves() {
        for (DataRow row : AccessTable.dataRows()) {
            boolean allowed = AccessTable.mayCall(row.label(), Role.AUDITOR);
            assertThat(allowed)
                    .as(row.label())
                    .isEqualTo(row.access().open()
                            || Set.of("models", "usage", "auth.profile").contains(row.label()));
        }
    }

    @Test
    void nobodyReachesFurtherOnTheDataPlaneThanOneself() {
        for (DataRow row : AccessTable.dataRows()) {
            for (Role role : Role.values()) {
                if (!row.access().open()) {
                    assertThat(row.access().of(role)).isIn(Scope.NONE, Scope.OWN);
                }
            }
        }
    }

    /** From what the edge is made of, not from the table: every kind of route with each of its labels. */
    private static Set<String> served() {
        Set<WireFormat> spoken = new LinkedHashSet<>();
        for (InboundDialect dialect : Dialects.inbound()) {
            spoken.add(dialect.wireFormat());
        }
        List<Route> routes = new ArrayList<>();
        for (Endpoint endpoint : Endpoint.values()) {
            if (spoken.contains(endpoint.wireFormat())) {
                routes.add(new Route.Call(endpoint));
            }
        }
        Set<String> labels = new TreeSet<>();
        routes.forEach(route -> labels.add(label(route)));
        for (RawEndpoint endpoint : RawEndpoint.values()) {
            labels.add(endpoint.label());
        }
        for (AccountDesk.Action action : AccountDesk.Action.values()) {
            labels.add(label(new Route.Account(action)));
        }
        labels.addAll(List.of(
                label(Route.CHAT_SOCKET),
                label(new Route.RealtimeSocket(null, null)),
                label(Route.MODELS),
                label(new Route.Model("m")),
                label(new Route.Usage("")),
                label(Route.ALIVE),
                label(Route.READY)));
        return labels;
    }

    /** A new kind of route does not compile here until somebody has thought of its row. */
    private static String label(Route route) {
        return switch (route) {
            case Route.Call call -> call.path().endpoint().label();
            case Route.Raw raw -> raw.call().endpoint().label();
            case Route.Socket socket -> socket.label();
            case Route.Models models -> "models";
            case Route.Model model -> "models";
            case Route.Usage usage -> "usage";
            case Route.Account account -> account.action().label();
            case Route.Alive alive -> "healthz";
            case Route.Ready ready -> "readyz";
            case Route.BadPath bad -> "(a bad path)";
            case Route.WrongMethod wrong -> "(a wrong method)";
            case Route.Unknown unknown -> "(nothing)";
        };
    }
}
