package dev.sluice.gateway.it;

/** What OpenAI-dialect callers and providers say: requests, events and answers for scripts and calls. */
final class Words {
    static final String DONE = "data: [DONE]\n\n";
    static final String ROLE = event("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
    static final String FINISH = event("{}", "\"stop\"");
    static final String USAGE = """
            data: {"id":"chatcmpl-7","object":"chat.completion.chunk","created":1790000000,"model":"m-1","choices":[],\
            "usage":{"prompt_tokens":19,"completion_tokens":7,"total_tokens":26,\
            "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}

            """;
    static final String COMPLETION = """
            {"id":"chatcmpl-8","object":"chat.completion","created":1790000000,"model":"m-1","choices":[{"index":0,\
            "message":{"role":"assistant","content":"Guten Tag","refusal":null,"annotations":[]},"logprobs":null,\
            "finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16,\
            "prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}}}""";

    /** A whole answer with usage, as a provider that was asked for usage sends it. */
    static final String STREAM = ROLE + text("Guten ") + text("Tag") + FINISH + USAGE + DONE;

    /** The same for a caller who did not ask. */
    static final String STREAM_WITHOUT_USAGE = ROLE + text("Guten ") + text("Tag") + FINISH + DONE;

    private Words() {}

    static String text(String content) {
        return event("{\"content\":\"" + content + "\"}", "null");
    }

    private static String event(String delta, String finish) {
        return "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"m-1\","
                + "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish
                + "}]}\n\n";
    }

    static String error(String message, String type) {
        return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"" + type + "\",\"param\":null,\"code\":null}}";
    }

    static String chat(String model) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Grüß Gott\"}]}";
    }

    static String streamed(String model) {
        return "{\"model\":\"" + model
                + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Grüß Gott\"}]}";
    }

    static String streamedWithUsage(String model) {
        return "{\"model\":\"" + model + "\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Grüß Gott\"}]}";
    }
}
