package dev.sluice.gateway.admin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the document of the interface says about a route. Immutable; thread: any.
 *
 * @param subject heading under which the route stands
 * @param parameters of the query, and headers
 * @param request body; null for none
 * @param status of the answer when all is well
 * @param answer its body; null for none
 */
public record RouteDocument(
        String subject,
        String summary,
        List<Parameter> parameters,
        @Nullable Shape request,
        int status,
        @Nullable Shape answer) {

    /** @param in {@code query} or {@code header} */
    record Parameter(String name, String in, boolean required, String description) {}

    public RouteDocument {
        parameters = List.copyOf(parameters);
    }

    /** Of a route that takes nothing and answers with nothing. */
    static RouteDocument of(String subject, String summary) {
        return new RouteDocument(subject, summary, List.of(), null, 204, null);
    }

    RouteDocument query(String name, String description) {
        return with(new Parameter(name, "query", false, description));
    }

    RouteDocument header(String name, boolean required, String description) {
        return with(new Parameter(name, "header", required, description));
    }

    private RouteDocument with(Parameter parameter) {
        List<Parameter> more = new ArrayList<>(parameters);
        more.add(parameter);
        return new RouteDocument(subject, summary, more, request, status, answer);
    }

    RouteDocument takes(Shape body) {
        return new RouteDocument(subject, summary, parameters, body, status, answer);
    }

    RouteDocument answers(int withStatus, @Nullable Shape body) {
        return new RouteDocument(subject, summary, parameters, request, withStatus, body);
    }
}
