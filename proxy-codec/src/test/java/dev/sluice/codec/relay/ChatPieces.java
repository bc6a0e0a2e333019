package dev.sluice.codec.relay;

/** Events of a stream in OpenAI's dialect, of which tests put streams together. */
final class ChatPieces {
    static final String ROLE = event("{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}");
    static final String TEXT = event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ho\"}}]}");
    static final String STOP =
            event("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}");
    static final String USAGE =
            event("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}");
    static final String DONE = event("[DONE]");
    static final String ERROR = event("{\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}");
    static final String COMMENT = ": wait\n\n";
    static final String GARBAGE = event("<html>");
    /** All that may come before the model has said anything. */
    static final String OPENING = COMMENT
            + "data:\n\ndata: null\n\n"
            + ROLE
            + event(
                    "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[]}}]}")
            + USAGE
            + event("{\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}");

    static String event(String payload) {
        return "data: " + payload + "\n\n";
    }

    private ChatPieces() {}
}
