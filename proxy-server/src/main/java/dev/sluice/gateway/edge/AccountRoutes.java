package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.AccountDesk.Action;
import io.netty.handler.codec.http.HttpMethod;

/** The part of the data plane's table that is about people. Thread: any. */
final class AccountRoutes {
    static final String PREFIX = "/auth/";

    private static final Route REGISTER = new Route.Account(Action.REGISTER);
    private static final Route LOGIN = new Route.Account(Action.LOGIN);
    private static final Route REFRESH = new Route.Account(Action.REFRESH);
    private static final Route LOGOUT = new Route.Account(Action.LOGOUT);
    private static final Route PROFILE = new Route.Account(Action.PROFILE);
    private static final Route CHANGE_PROFILE = new Route.Account(Action.CHANGE_PROFILE);
    private static final Route PROFILE_METHODS = new Route.WrongMethod("GET, HEAD, PATCH");

    private AccountRoutes() {}

    /** @param path of the request target, undecoded; begins with {@link #PREFIX} */
    static Route of(HttpMethod method, String path) {
        return switch (path) {
            case "/auth/register" -> posted(method, REGISTER);
            case "/auth/login" -> posted(method, LOGIN);
            case "/auth/refresh" -> posted(method, REFRESH);
            case "/auth/logout" -> posted(method, LOGOUT);
            case "/auth/profile" -> profile(method);
            default -> Route.UNKNOWN;
        };
    }

    private static Route posted(HttpMethod method, Route route) {
        return method.equals(HttpMethod.POST) ? route : Route.POST_ONLY;
    }

    private static Route profile(HttpMethod method) {
        if (method.equals(HttpMethod.PATCH)) {
            return CHANGE_PROFILE;
        }
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) ? PROFILE : PROFILE_METHODS;
    }
}
