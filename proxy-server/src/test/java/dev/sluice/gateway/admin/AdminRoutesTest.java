package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdminRoutesTest {
    private static final RouteDocument DOCUMENT = RouteDocument.of("test", "Of a test.");

    @Test
    void doesNotStartWithARouteThatHasNoRow() {
        AdminPart part = () -> List.of(AdminRoute.of("GET /admin/api/back-door", DOCUMENT, request -> ok()));

        assertThatIllegalStateException()
                .isThrownBy(() -> new AdminRoutes(List.of(part)))
                .withMessageContaining("GET /admin/api/back-door has no row");
    }

    @Test
    void doesNotTakeTheRowOfAnotherMethodForItsOwn() {
        AdminPart part = () -> List.of(AdminRoute.of("DELETE /admin/api/usage", DOCUMENT, request -> ok()));

        assertThatIllegalStateException().isThrownBy(() -> new AdminRoutes(List.of(part)));
    }

    @Test
    void doesNotStartWithARouteThatIsServedTwice() {
        AdminPart part = () -> List.of(AdminRoute.of("GET /metrics", DOCUMENT, request -> ok()));

        assertThatIllegalStateException()
                .isThrownBy(() -> new AdminRoutes(List.of(part, part)))
                .withMessageContaining("served twice");
    }

    @ParameterizedTest
    @EnumSource
    void asksTheTableBeforeTheAction(Role role) throws Exception {
        AdminRoutes routes = new AdminRoutes(
                List.of(() -> List.of(AdminRoute.of("POST /admin/api/reload", DOCUMENT, request -> ok()))));
        AdminRoutes.Match match = routes.match("POST", "/admin/api/reload");

        AdminResponse answer = AdminRoutes.answer(match, request("POST", "/admin/api/reload", role));

        assertThat(answer.status()).isEqualTo(role == Role.OWNER ? 204 : 403);
    }

    @Test
    void handsTheScopeAndTheIdToTheAction() throws Exception {
        AdminRoutes routes = new AdminRoutes(List.of(() -> List.of(AdminRoute.of(
                "POST /admin/api/providers/{name}/reset",
                DOCUMENT,
                request ->
                        AdminResponse.csv(request.id() + " " + request.reach().scope())))));

        String path = "/admin/api/providers/alpha/reset";
        AdminResponse answer = AdminRoutes.answer(routes.match("POST", path), request("POST", path, Role.OWNER));

        assertThat(answer.body()).isEqualTo("alpha ALL");
    }

    private static AdminResponse ok() {
        return AdminResponse.noContent();
    }

    private static AdminRequest request(String method, String path, Role role) {
        Principal caller = new Principal(
                "user:u1", "Anna", "blue", "u1", role, "free", Map.of(), List.of(), List.of(), Long.MAX_VALUE);
        return AdminRequests.of(caller, method, path, Map.of(), new DefaultHttpHeaders(), "");
    }
}
