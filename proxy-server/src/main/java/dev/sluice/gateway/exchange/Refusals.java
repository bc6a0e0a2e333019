package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Plan;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.AttemptFailure;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;

/** The sentences an exchange ends with when it does not end well. Thread: any. */
final class Refusals {

    /** Longest part of a caller's own text that is repeated to it. */
    private static final int MAX_ECHO_CHARS = 100;

    private static final int RETRY_AUTH_SECONDS = 2;
    /** OpenAI's and Anthropic's libraries obey it; without it they try a 429 again after seconds, whatever is said. */
    private static final AsciiString SHOULD_RETRY = AsciiString.cached("x-should-retry");
    /** They wait as long as they are told up to this; longer, and they choose a time themselves. */
    private static final int MAX_WAIT_OF_LIBRARIES_SECONDS = 60;

    private Refusals() {}

    /** @param result anything but a principal */
    static GatewayError unauthenticated(AuthResult result) {
        return switch (result) {
            case AuthResult.Refused refused -> unauthenticated(refused);
            case AuthResult.Blocked blocked -> blocked(blocked.seconds());
            case AuthResult.Unresolved unresolved -> unauthenticated(AuthResult.Refused.UNAVAILABLE);
            case Principal known -> throw new IllegalArgumentException("is known: " + known.keyId());
        };
    }

    private static GatewayError blocked(int seconds) {
        return new GatewayError(
                ErrorKind.RATE_LIMITED,
                GatewayError.Source.CALLER,
                /* retryable= */ false,
                "Too many bad requests or bad keys came from here; for " + seconds + " seconds none is accepted.",
                null,
                seconds);
    }

    private static GatewayError unauthenticated(AuthResult.Refused why) {
        return switch (why) {
            case MISSING ->
                GatewayError.caller(
                        ErrorKind.INVALID_API_KEY,
                        "No API key was sent. Send a Sluice key as 'Authorization: Bearer sk-slc-...'.");
            case INVALID ->
                GatewayError.caller(
                        ErrorKind.INVALID_API_KEY,
                        "The API key is not valid here. Send a Sluice key as 'Authorization: Bearer sk-slc-...'.");
            case EXPIRED -> GatewayError.caller(ErrorKind.INVALID_API_KEY, "The API key or token has expired.");
            case NOT_YET_VALID ->
                GatewayError.caller(ErrorKind.INVALID_API_KEY, "The API key or token is not valid yet.");
            case ADDRESS -> GatewayError.caller(ErrorKind.NOT_ALLOWED, "This key may not be used from this address.");
            case ENDPOINT -> GatewayError.caller(ErrorKind.NOT_ALLOWED, "This caller may not use this endpoint.");
            case UNAVAILABLE ->
                new GatewayError(
                        ErrorKind.AUTH_UNAVAILABLE,
                        GatewayError.Source.GATEWAY,
                        /* retryable= */ true,
                        "Whether this credential is valid cannot be told at the moment. Please try again.",
                        null,
                        RETRY_AUTH_SECONDS);
        };
    }

    static GatewayError modelNotAllowed(String model) {
        return GatewayError.caller(
                ErrorKind.MODEL_NOT_ALLOWED, "This key may not use the model '" + echo(model) + "'.", "model");
    }

    static GatewayError modelNotFound(String model) {
        return GatewayError.caller(
                ErrorKind.MODEL_NOT_FOUND,
                "The model '" + echo(model) + "' is not configured here. GET /v1/models lists what is.",
                "model");
    }

    static GatewayError notServed(Target target, Endpoint endpoint) {
        return GatewayError.caller(
                ErrorKind.INVALID_REQUEST,
                "The provider '" + target.provider().name() + "' of this model does not serve '" + endpoint.label()
                        + "'. Choose a model whose provider does.",
                "model");
    }

    /** No target can serve what the request needs. */
    static GatewayError notServed(Route route, Plan plan, Endpoint endpoint) {
        return route.first().provider().serving(endpoint) == null
                        && route.targets().size() == 1
                ? notServed(route.first(), endpoint)
                : GatewayError.caller(
                        ErrorKind.INVALID_REQUEST,
                        "No target of this model can serve the request: " + plan.refusal() + ".",
                        "model");
    }

    /** Also of another tenant's, which does not exist for this one. */
    static GatewayError noSuchObject(String id) {
        return GatewayError.caller(ErrorKind.NOT_FOUND, "No such object: '" + echo(id) + "'.", "id");
    }

    /** The same in the words of those who go on from it. */
    static GatewayError noSuchResponse(String id) {
        return GatewayError.caller(
                ErrorKind.INVALID_REQUEST,
                "Previous response with id '" + echo(id) + "' not found.",
                "previous_response_id");
    }

    static GatewayError listNotAllowed() {
        return GatewayError.caller(
                ErrorKind.NOT_ALLOWED,
                "The list would show what other teams keep at the provider. Ask for what is yours by its id.");
    }

    /** It may be another tenant's. */
    static GatewayError ownerUnknown() {
        return new GatewayError(
                ErrorKind.AUTH_UNAVAILABLE,
                GatewayError.Source.GATEWAY,
                /* retryable= */ true,
                "Whose object this is cannot be told at the moment. Please try again.",
                null,
                RETRY_AUTH_SECONDS);
    }

    static GatewayError noRealtime(Target target) {
        return GatewayError.caller(
                ErrorKind.INVALID_REQUEST,
                "The provider '" + target.provider().name()
                        + "' of this model has no realtime sessions. Choose a model whose provider has.",
                "model");
    }

    static GatewayError meteringUnavailable() {
        return GatewayError.gateway(
                ErrorKind.METERING_UNAVAILABLE,
                "Usage cannot be written down at the moment, so no request is accepted. Please try again.");
    }

    /** In the summary and the row; a client that has got nothing yet is told that it may not. */
    static final String STOPPED_BY_OPERATOR = "stopped_by_operator";

    static GatewayError stoppedByOperator() {
        return GatewayError.caller(ErrorKind.NOT_ALLOWED, "An operator of the gateway has stopped this call.");
    }

    /** Without an answer: nobody could be reached, or nothing be signed with. */
    static GatewayError unanswered(AttemptFailure failure) {
        ErrorKind kind =
                failure.kind() == AttemptFailure.Kind.CREDENTIAL ? ErrorKind.UPSTREAM_AUTH : ErrorKind.UPSTREAM_ERROR;
        return GatewayError.provider(kind, failure.message());
    }

    static GatewayError truncated() {
        return GatewayError.provider(ErrorKind.UPSTREAM_ERROR, "The provider stopped before the answer was complete.");
    }

    static GatewayError malformedAnswer() {
        return GatewayError.provider(ErrorKind.UPSTREAM_ERROR, "The provider's answer could not be understood.");
    }

    /** {@code error} without the provider's words, which hold the provider key. */
    static GatewayError withheld(GatewayError error) {
        return new GatewayError(
                error.kind(),
                error.source(),
                error.retryable(),
                "The provider reported an error in words that cannot be passed on.",
                null,
                error.retryAfterSeconds());
    }

    /** When to come again; and where that is not soon, that client libraries need not try on their own. */
    static void addRetryAfter(HttpHeaders headers, GatewayError error) {
        if (isPointlessToRetry(error)) {
            headers.set(SHOULD_RETRY, "false");
        }
        if (error.retryAfterSeconds() > 0 && !headers.contains(HttpHeaderNames.RETRY_AFTER)) {
            headers.set(HttpHeaderNames.RETRY_AFTER, Integer.toString(error.retryAfterSeconds()));
        }
    }

    private static boolean isPointlessToRetry(GatewayError error) {
        if (error.source() == GatewayError.Source.PROVIDER) {
            return false;
        }
        boolean budget = error.kind() == ErrorKind.BUDGET_EXCEEDED;
        boolean rate = error.kind() == ErrorKind.RATE_LIMITED || error.kind() == ErrorKind.TOKENS_LIMITED;
        int after = error.retryAfterSeconds();
        return (budget && after == 0) || ((budget || rate) && after > MAX_WAIT_OF_LIBRARIES_SECONDS);
    }

    /** The beginning of what a caller sent, to be repeated to it. */
    static String echo(String text) {
        return text.length() <= MAX_ECHO_CHARS ? text : text.substring(0, MAX_ECHO_CHARS) + "...";
    }
}
