package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An answer as a client received it. */
final class Answer {
    private final int status;
    private final Fields fields;
    private final byte[] body;
    private final boolean complete;

    /** @param complete whether it ended by its own framing: last chunk, content length, END_STREAM */
    Answer(int status, Fields fields, byte[] body, boolean complete) {
        this.status = status;
        this.fields = fields;
        this.body = body.clone();
        this.complete = complete;
    }

    int status() {
        return status;
    }

    Fields fields() {
        return fields;
    }

    @Nullable
    String field(String name) {
        return fields.first(name);
    }

    String requestId() {
        return Objects.requireNonNull(field("x-request-id"), "x-request-id");
    }

    byte[] body() {
        return body.clone();
    }

    String text() {
        return new String(body, UTF_8);
    }

    boolean complete() {
        return complete;
    }

    @Override
    public String toString() {
        return status + " " + fields + (complete ? " complete " : " INCOMPLETE ") + text();
    }
}
