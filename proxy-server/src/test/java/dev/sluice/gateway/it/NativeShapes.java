package dev.sluice.gateway.it;

import java.util.LinkedHashMap;
import java.util.Map;

/** Requests as the coding agents make them, and answers as their own providers give them, with their oddities. */
final class NativeShapes {
    private static final int TOOLS = 100;

    static final Map<String, String> CLAUDE_CODE_FIELDS = fields(
            "accept",
            "application/json",
            "user-agent",
            "claude-cli/2.0.30 (external, cli)",
            "x-app",
            "cli",
            "anthropic-version",
            "2023-06-01",
            "anthropic-dangerous-direct-browser-access",
            "true",
            "x-stainless-arch",
            "x64",
            "x-stainless-helper-method",
            "stream",
            "x-stainless-lang",
            "js",
            "x-stainless-os",
            "Linux",
            "x-stainless-package-version",
            "0.60.0",
            "x-stainless-retry-count",
            "0",
            "x-stainless-runtime",
            "node",
            "x-stainless-runtime-version",
            "v22.11.0",
            "x-stainless-timeout",
            "600");

    static final Map<String, String> CODEX_FIELDS = fields(
            "accept",
            "text/event-stream",
            "user-agent",
            "codex_cli_rs/0.58.0 (Debian 12; x86_64) xterm",
            "originator",
            "codex_cli_rs",
            "version",
            "0.58.0",
            "openai-beta",
            "responses=experimental",
            "session_id",
            "0199a1b2-aaaa-7bbb-8ccc-1234567890ab",
            "conversation_id",
            "0199a1b2-aaaa-7bbb-8ccc-1234567890ab",
            "x-codex-turn-metadata",
            "{\"turn\":3}");

    static final Map<String, String> GEMINI_FIELDS = fields(
            "user-agent",
            "GeminiCLI/0.9.0 (linux; x64) google-api-nodejs-client/9.15.1",
            "x-goog-api-client",
            "google-genai-sdk/1.28.0 gl-node/v22.11.0",
            "x-server-timeout",
            "600");

    static final String[] ANTHROPIC_ANSWER_FIELDS = {
        "content-type",
        "text/event-stream; charset=utf-8",
        "request-id",
        "req_of_anthropic",
        "anthropic-beta",
        "interleaved-thinking-2025-05-14",
        "anthropic-ratelimit-tokens-remaining",
        "79000",
        "anthropic-ratelimit-unified-status",
        "allowed",
        "anthropic-organization-id",
        "org-of-the-operator",
        "cf-ray",
        "1234-ZRH",
        "set-cookie",
        "session=providers"
    };

    static final String ANTHROPIC_STREAM = """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-served","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":500,"cache_read_input_tokens":3000,"cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}            }

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}  }

            event: ping
            data: {"type": "ping"}

            : a comment

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Grüße 🌍\\u00e9"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqoBCkgIBxABGAIiQL"}     }

            event: content_block_stop
            data: {"type":"content_block_stop","index":0   }

            event: of_the_future
            data: {"type":"of_the_future","data":[1e400,-0.0]}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_01","name":"Read","input":{}}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"file_path\\": \\"/tmp"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"/a\\"}"}            }

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":12,"cache_creation_input_tokens":500,"cache_read_input_tokens":3000,"output_tokens":31},"context_management":{"applied_edits":[]}     }

            event: message_stop
            data: {"type":"message_stop"           }

            """;

    static final String ANTHROPIC_WHOLE = "{\"model\":\"claude-served\",\"id\":\"msg_02\",\"type\":\"message\","
            + "\"role\":\"assistant\",\"content\":[ {\"type\":\"text\",\"text\":\"Gr\\u00fc\\u00dfe\"}],"
            + "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":3},"
            + "\"container\":null}\n";

    static final String RESPONSES_STREAM = """
            event: response.created
            data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1790000000,"status":"in_progress","model":"gpt-served","output":[],"usage":null}}

            event: response.of_the_future
            data: {"type":"response.of_the_future","sequence_number":1,"padding":"aaaaaaaaaaaaaaaa"}

            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"gAAAAABo","summary":[]}}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"gAAAAABoLonger==","summary":[]}}

            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":4,"output_index":1,"item":{"id":"ctc_1","type":"custom_tool_call","status":"in_progress","call_id":"call_1","input":"","name":"apply_patch"}}

            event: response.custom_tool_call_input.delta
            data: {"type":"response.custom_tool_call_input.delta","sequence_number":5,"item_id":"ctc_1","output_index":1,"delta":"*** Begin Patch","obfuscation":"x8Fk2"}

            event: response.custom_tool_call_input.done
            data: {"type":"response.custom_tool_call_input.done","sequence_number":6,"item_id":"ctc_1","output_index":1,"input":"*** Begin Patch"}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":7,"output_index":1,"item":{"id":"ctc_1","type":"custom_tool_call","status":"completed","call_id":"call_1","input":"*** Begin Patch","name":"apply_patch"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":8,"response":{"id":"resp_1","object":"response","created_at":1790000000,"status":"completed","model":"gpt-served","output":[],"usage":{"input_tokens":2048,"input_tokens_details":{"cached_tokens":1024},"output_tokens":40,"output_tokens_details":{"reasoning_tokens":25},"total_tokens":2088}}}

            """;

    static final String RESPONSES_WHOLE = "{\n  \"id\": \"resp_2\",\n  \"object\": \"response\",\n"
            + "  \"status\": \"completed\",\n  \"model\": \"gpt-served\",\n  \"output\": [],\n"
            + "  \"usage\": {\"input_tokens\": 5, \"output_tokens\": 1, \"total_tokens\": 6}\n}";

    private static final String GEMINI_USAGE =
            "\"usageMetadata\": {\"promptTokenCount\": 30,\"candidatesTokenCount\": 5,"
                    + "\"totalTokenCount\": 44,\"thoughtsTokenCount\": 9,\"promptTokensDetails\": [{\"modality\": \"TEXT\","
                    + "\"tokenCount\": 30}]},\"modelVersion\": \"gemini-served\",\"responseId\": \"r-1\"";

    static final String[] GEMINI_EVENTS = {
        "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Grüße \",\"thoughtSignature\": \"EtcBCtQB\"}],"
                + "\"role\": \"model\"},\"index\": 0}],\"ofTheFuture\": {\"a\": [1.50]}," + GEMINI_USAGE + "}",
        "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"🌍\"}],\"role\": \"model\"},\"finishReason\": \"STOP\","
                + "\"index\": 0}]," + GEMINI_USAGE + "}"
    };

    static final String GEMINI_STREAM =
            "data: " + GEMINI_EVENTS[0] + "\r\n\r\n" + "data: " + GEMINI_EVENTS[1] + "\r\n\r\n";

    static final String GEMINI_WHOLE = "{\n  \"candidates\": [{\"content\": {\"parts\": [{\"text\": \"ja\"}],\"role\": "
            + "\"model\"},\"finishReason\": \"STOP\",\"index\": 0}],\n  " + GEMINI_USAGE + "\n}\n";

    static final String GEMINI_REQUEST = """
            {"systemInstruction": {"role":"user","parts":[{"text":"You are an agent."}]},
             "contents":[{"role":"user","parts":[{"text":"Hi 🌍"}]},
              {"role":"model","parts":[{"functionCall":{"name":"read_file","args":{"absolute_path":"/a","limit":1.0}},"thoughtSignature":"CiQB"}]},
              {"role":"user","parts":[{"functionResponse":{"name":"read_file","response":{"output":"model: x"}}}]}],
             "tools":[{"functionDeclarations":[{"name":"read_file","parametersJsonSchema":{"type":"object","properties":{"model":{"type":"string"}}}}]},{"googleSearch":{}}],
             "toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},
             "safetySettings":[],"ofTheFuture":[9007199254740993],
             "generationConfig":{"temperature":0,"topP":1e0,"thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1}}}
            """;

    private NativeShapes() {}

    /** A hundred tools of two kilobytes each, marks for the cache, thinking with its signature. */
    static String claudeCode(String model) {
        StringBuilder tools = new StringBuilder();
        for (int i = 0; i < TOOLS; i++) {
            tools.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"mcp__server__tool_")
                    .append(i)
                    .append("\",\"description\":\"")
                    .append("Says \\\"hello\\\" to \\u00fc, 🌍 and \\n others. ".repeat(40))
                    .append("\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"model\":{\"type\":\"string\"},"
                            + "\"limit\":{\"type\":\"number\",\"maximum\":1e21}},\"required\":[\"model\"],"
                            + "\"additionalProperties\":false,\"$schema\":\"http://json-schema.org/draft-07/schema#\"}")
                    .append(i == TOOLS - 1 ? ",\"cache_control\":{\"type\":\"ephemeral\"}}" : "}");
        }
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
                + "\"<system-reminder>\\n</system-reminder>\"},{\"type\":\"text\",\"text\":\"Read \\u0061 file\","
                + "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]},{\"role\":\"assistant\",\"content\":["
                + "{\"type\":\"thinking\",\"thinking\":\"I read.\",\"signature\":\"EqoBCkgIBxABGAIiQLsig/+==\"},"
                + "{\"type\":\"tool_use\",\"id\":\"toolu_01\",\"name\":\"Read\",\"input\":{\"limit\":1.0,\"a\":{}}}]},"
                + "{\"role\":\"user\",\"content\":[{\"tool_use_id\":\"toolu_01\",\"type\":\"tool_result\",\"content\":"
                + "\"\\\"model\\\":\\\"x\\\"\"}]}],\"temperature\":1,\"system\":[{\"type\":\"text\",\"text\":"
                + "\"You are an agent.\",\"cache_control\":{\"type\":\"ephemeral\"}}],\"tools\":[" + tools
                + "],\"metadata\":{\"user_id\":\"user_" + "0123456789abcdef".repeat(12)
                + "_account__session_0199a1b2\"},\"max_tokens\":32000,\"thinking\":{\"budget_tokens\":31999,\"type\":"
                + "\"enabled\"},\"stream\":true}";
    }

    static String codex(String model) {
        return "{\"model\":\"" + model + "\",\"instructions\":\"You are an agent.\\n\",\"previous_response_id\":"
                + "\"resp_0\",\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                + "\"text\":\"<environment_context>\\u000a</environment_context>\"}]},{\"type\":\"reasoning\",\"summary\":[],"
                + "\"content\":null,\"encrypted_content\":\"gAAAAABo" + "Zm9v".repeat(3_000) + "==\"},"
                + "{\"type\":\"local_shell_call\",\"call_id\":\"call_0\",\"status\":\"completed\",\"action\":{\"type\":"
                + "\"exec\",\"command\":[\"ls\"],\"timeout_ms\":1000}},{\"type\":\"function_call_output\",\"call_id\":"
                + "\"call_0\",\"output\":\"{\\\"output\\\":\\\"a\\\\n\\\",\\\"metadata\\\":{\\\"exit_code\\\":0}}\"}],"
                + "\"tools\":[{\"type\":\"local_shell\"},{\"type\":\"custom\",\"name\":\"apply_patch\",\"format\":{\"type\":"
                + "\"grammar\",\"syntax\":\"lark\",\"definition\":\"start: begin\"}},{\"type\":\"of_the_future\"}],"
                + "\"tool_choice\":\"auto\",\"parallel_tool_calls\":false,\"reasoning\":{\"effort\":\"high\",\"summary\":"
                + "\"auto\"},\"store\":false,\"stream\":true,\"include\":[\"reasoning.encrypted_content\"],"
                + "\"prompt_cache_key\":\"0199a1b2-aaaa-7bbb-8ccc-1234567890ab\",\"text\":{\"verbosity\":\"low\"}}";
    }

    private static Map<String, String> fields(String... namesAndValues) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }
}
