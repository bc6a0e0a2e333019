package dev.sluice.codec.dialect;

/**
 * How a provider holds realtime sessions: where its WebSocket is, and how it reports what a session consumes. The frames
 * themselves pass as they are. Thread: any.
 */
public interface RealtimeDialect {

    /**
     * The target to append to the provider's base URL, beginning with a slash, with a query that names the model.
     *
     * @param model the provider's own name of the model
     */
    String path(String model);

    /**
     * The payload of an event that tells the client why its session is going to end.
     *
     * @param code who or what ends it, such as {@code budget_exceeded}
     */
    String errorEvent(String code, String message);

    /** A reader for the events that the provider sends in one session. */
    RealtimeReader newReader();
}
