package dev.sluice.codec.dialect;

import org.jspecify.annotations.Nullable;

/**
 * The catalogue's terms for an error of which no more is known than an HTTP status and a sentence: for wire formats
 * that say no more. What a provider says about its own keys and quotas is the operator's business and never shown.
 * Thread: any.
 */
public final class StatusError {
    private static final int MAX_MESSAGE_CHARS = 300;

    private StatusError() {}

    /**
     * The error.
     *
     * @param status of the answer, or the one that would have told the same
     * @param said the provider's sentence, as it came
     * @param aboutModel whether a 404 is about the model, and not about the operation
     */
    public static GatewayError of(int status, @Nullable String said, boolean aboutModel) {
        String shown = said == null ? "" : ErrorText.clean(said, MAX_MESSAGE_CHARS);
        return switch (status) {
            case 400, 409, 422 -> refused(ErrorKind.INVALID_REQUEST, shown, status);
            case 413 -> refused(ErrorKind.REQUEST_TOO_LARGE, shown, status);
            case 401, 402, 403, 407 ->
                GatewayError.provider(
                        ErrorKind.UPSTREAM_AUTH,
                        "the provider does not accept the gateway's credentials (status " + status
                                + "); its operator has to look into it");
            case 404 ->
                aboutModel
                        ? refused(ErrorKind.MODEL_NOT_FOUND, shown, status)
                        : failed(ErrorKind.UPSTREAM_ERROR, "the provider does not know this operation", shown, status);
            case 429 ->
                GatewayError.provider(
                        ErrorKind.RATE_LIMITED, "the provider's rate limit or quota is exhausted (status 429)");
            case 408, 504 -> failed(ErrorKind.UPSTREAM_TIMEOUT, "the provider ran out of time", shown, status);
            case 503, 529 -> failed(ErrorKind.OVERLOADED, "the provider is overloaded", shown, status);
            default -> failed(ErrorKind.UPSTREAM_ERROR, "the provider failed", shown, status);
        };
    }

    private static GatewayError refused(ErrorKind kind, String shown, int status) {
        return GatewayError.caller(
                kind, shown.isEmpty() ? "the provider refused the request (status " + status + ")" : shown);
    }

    private static GatewayError failed(ErrorKind kind, String sentence, String shown, int status) {
        String whole = sentence + " (status " + status + ")";
        return GatewayError.provider(kind, shown.isEmpty() ? whole : whole + ": " + shown);
    }
}
