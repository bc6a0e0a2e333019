package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.raw.RawShape;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/** What passes as it is, to providers that have the same. Thread: any. */
public enum RawEndpoint {
    AUDIO_SPEECH("audio.speech", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI_AUDIO),
    AUDIO_TRANSCRIPTIONS("audio.transcriptions", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI_AUDIO),
    AUDIO_TRANSLATIONS("audio.translations", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI_AUDIO),
    AUDIO("audio", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI_AUDIO),
    IMAGES_GENERATIONS("images.generations", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI),
    IMAGES_EDITS("images.edits", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI),
    IMAGES_VARIATIONS("images.variations", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI),
    IMAGES("images", Kind.MODEL, Endpoint.CHAT_COMPLETIONS, RawShape.OPENAI),
    FILES("files", Kind.KEPT, Endpoint.CHAT_COMPLETIONS, RawShape.UNMETERED),
    UPLOADS("uploads", Kind.KEPT, Endpoint.CHAT_COMPLETIONS, RawShape.UNMETERED),
    BATCHES("batches", Kind.BATCH, Endpoint.CHAT_COMPLETIONS, RawShape.UNMETERED),
    MESSAGE_BATCHES("messages.batches", Kind.BATCH, Endpoint.MESSAGES, RawShape.UNMETERED),
    /** A response that exists already; what it consumed stands in the row of the call that made it. */
    RESPONSES("responses", Kind.KEPT, Endpoint.RESPONSES, RawShape.OPENAI),
    PASSTHROUGH("passthrough", Kind.ANY, null, null);

    private enum Kind {
        /** The body names the model that does the work. */
        MODEL,
        /** Only what is kept at the provider is looked at or changed. */
        KEPT,
        /** Creating one sets models to work that nobody sees here. */
        BATCH,
        /** Nobody knows. */
        ANY
    }

    private final String label;
    private final Kind kind;
    private final @Nullable Endpoint home;
    private final @Nullable RawShape shape;

    RawEndpoint(String label, Kind kind, @Nullable Endpoint home, @Nullable RawShape shape) {
        this.label = label;
        this.kind = kind;
        this.home = home;
        this.shape = shape;
    }

    /** The stable short name used in usage rows, metrics and the access log. */
    public String label() {
        return label;
    }

    /** Whether it is about what a provider keeps. */
    boolean isKept() {
        return kind == Kind.KEPT || kind == Kind.BATCH;
    }

    /** Whether the request's body should name the model. */
    boolean namesModel() {
        return kind == Kind.MODEL;
    }

    /** Whether the body, if it is JSON, says something about who is to serve it. */
    boolean isRead(HttpMethod method) {
        return kind == Kind.MODEL || (this == BATCHES && method.equals(HttpMethod.POST));
    }

    /** Whether a call may set a model to work that the request does not name where it is looked for. */
    boolean mayRunUnseen(HttpMethod method) {
        return switch (kind) {
            case MODEL, ANY -> true;
            case BATCH -> method.equals(HttpMethod.POST);
            case KEPT -> false;
        };
    }

    /** Providers that serve this endpoint themselves serve the call; null when the path names the provider. */
    @Nullable
    Endpoint home() {
        return home;
    }

    /** How answers report usage; null when that depends on the provider. */
    @Nullable
    RawShape shape() {
        return shape;
    }
}
