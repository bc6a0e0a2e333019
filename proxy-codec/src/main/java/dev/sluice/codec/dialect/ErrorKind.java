package dev.sluice.codec.dialect;

/**
 * The fixed catalogue of what can go wrong, independent of dialect. {@link #code()} is the name a caller sees,
 * {@link #httpStatus()} the status of an answer that has not begun.
 */
public enum ErrorKind {
    INVALID_REQUEST(400, "invalid_request_error"),
    INVALID_API_KEY(401, "invalid_api_key"),
    MODEL_NOT_ALLOWED(403, "model_not_allowed"),
    /** Not from there, or not that. */
    NOT_ALLOWED(403, "permission_denied"),
    MODEL_NOT_FOUND(404, "model_not_found"),
    NOT_FOUND(404, "not_found"),
    METHOD_NOT_ALLOWED(405, "method_not_allowed"),
    REQUEST_TIMEOUT(408, "request_timeout"),
    /** Somebody else has it already. */
    CONFLICT(409, "conflict"),
    REQUEST_TOO_LARGE(413, "request_too_large"),
    URI_TOO_LONG(414, "uri_too_long"),
    UNSUPPORTED_MEDIA_TYPE(415, "unsupported_media_type"),
    EXPECTATION_FAILED(417, "expectation_failed"),
    /** Of requests, or of whatever is no token. */
    RATE_LIMITED(429, "rate_limit_exceeded"),
    /** Of tokens. */
    TOKENS_LIMITED(429, "rate_limit_exceeded"),
    /** No money is left. Dialects that know a status for that answer it instead. */
    BUDGET_EXCEEDED(429, "budget_exceeded"),
    HEADERS_TOO_LARGE(431, "request_header_fields_too_large"),
    INTERNAL(500, "internal_error"),
    NOT_IMPLEMENTED(501, "not_implemented"),
    UPSTREAM_ERROR(502, "upstream_error"),
    UPSTREAM_AUTH(502, "upstream_auth"),
    OVERLOADED(503, "overloaded"),
    METERING_UNAVAILABLE(503, "metering_unavailable"),
    AUTH_UNAVAILABLE(503, "auth_unavailable"),
    UPSTREAM_TIMEOUT(504, "upstream_timeout"),
    VERSION_NOT_SUPPORTED(505, "http_version_not_supported");

    private final int httpStatus;
    private final String code;

    ErrorKind(int httpStatus, String code) {
        this.httpStatus = httpStatus;
        this.code = code;
    }

    public int httpStatus() {
        return httpStatus;
    }

    public String code() {
        return code;
    }
}
