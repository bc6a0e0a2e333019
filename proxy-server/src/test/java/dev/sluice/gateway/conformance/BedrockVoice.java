package dev.sluice.gateway.conformance;

import static dev.sluice.gateway.conformance.Voice.quoted;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Amazon's Converse: binary frames, texts that begin without a start. */
final class BedrockVoice implements Voice {
    private static final byte STRING = 7;

    @Override
    public String streamType() {
        return "application/vnd.amazon.eventstream";
    }

    @Override
    public List<byte[]> stream(Scenario scenario) {
        List<byte[]> frames = new ArrayList<>();
        frames.add(frame("messageStart", "{\"role\":\"assistant\"}"));
        int index = 0;
        if (!scenario.reasoning().isEmpty()) {
            for (String piece : scenario.reasoning()) {
                frames.add(delta(index, "{\"reasoningContent\":{\"text\":" + quoted(piece) + "}}"));
            }
            frames.add(delta(index, "{\"reasoningContent\":{\"signature\":\"c2ln\"}}"));
            frames.add(frame("contentBlockStop", "{\"contentBlockIndex\":" + index++ + "}"));
        }
        if (!scenario.text().isEmpty()) {
            for (String piece : scenario.text()) {
                frames.add(delta(index, "{\"text\":" + quoted(piece) + "}"));
            }
            frames.add(frame("contentBlockStop", "{\"contentBlockIndex\":" + index++ + "}"));
        }
        for (Scenario.Call call : scenario.calls()) {
            frames.add(frame(
                    "contentBlockStart",
                    "{\"contentBlockIndex\":" + index + ",\"start\":{\"toolUse\":{\"toolUseId\":" + quoted(call.id())
                            + ",\"name\":" + quoted(call.name()) + "}}}"));
            for (String piece : call.arguments()) {
                frames.add(delta(index, "{\"toolUse\":{\"input\":" + quoted(piece) + "}}"));
            }
            frames.add(frame("contentBlockStop", "{\"contentBlockIndex\":" + index++ + "}"));
        }
        frames.add(frame("messageStop", "{\"stopReason\":" + reason(scenario) + "}"));
        frames.add(frame("metadata", "{" + usage() + ",\"metrics\":{\"latencyMs\":5}}"));
        return frames;
    }

    @Override
    public String body(Scenario scenario) {
        List<String> blocks = new ArrayList<>();
        if (!scenario.reasoning().isEmpty()) {
            blocks.add("{\"reasoningContent\":{\"reasoningText\":{\"text\":" + quoted(scenario.wholeReasoning())
                    + ",\"signature\":\"c2ln\"}}}");
        }
        if (!scenario.text().isEmpty()) {
            blocks.add("{\"text\":" + quoted(scenario.wholeText()) + "}");
        }
        for (Scenario.Call call : scenario.calls()) {
            blocks.add("{\"toolUse\":{\"toolUseId\":" + quoted(call.id()) + ",\"name\":" + quoted(call.name())
                    + ",\"input\":" + call.whole() + "}}");
        }
        return "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[" + String.join(",", blocks)
                + "]}},\"stopReason\":" + reason(scenario) + "," + usage() + ",\"metrics\":{\"latencyMs\":5}}";
    }

    @Override
    public byte[] failure(String sentence) {
        byte[] headers = headers(
                ":exception-type",
                "serviceUnavailableException",
                ":content-type",
                "application/json",
                ":message-type",
                "exception");
        return frame(headers, "{\"message\":" + quoted(sentence) + "}");
    }

    @Override
    public String refusal(int status, String sentence) {
        return "{\"message\":" + quoted(sentence) + "}";
    }

    private static String reason(Scenario scenario) {
        return scenario.calls().isEmpty() ? "\"end_turn\"" : "\"tool_use\"";
    }

    private static String usage() {
        return "\"usage\":{\"inputTokens\":" + Scenario.INPUT_TOKENS + ",\"outputTokens\":" + Scenario.OUTPUT_TOKENS
                + ",\"totalTokens\":" + (Scenario.INPUT_TOKENS + Scenario.OUTPUT_TOKENS) + "}";
    }

    private static byte[] delta(int index, String delta) {
        return frame("contentBlockDelta", "{\"contentBlockIndex\":" + index + ",\"delta\":" + delta + "}");
    }

    private static byte[] frame(String event, String payload) {
        return frame(
                headers(":event-type", event, ":content-type", "application/json", ":message-type", "event"), payload);
    }

    /** {@code total | headers | crc of both | headers | payload | crc of all}. */
    private static byte[] frame(byte[] headers, String payload) {
        byte[] body = payload.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(16 + headers.length + body.length);
        frame.putInt(frame.capacity()).putInt(headers.length).putInt(crc(frame.array(), 8));
        frame.put(headers).put(body).putInt(crc(frame.array(), frame.position()));
        return frame.array();
    }

    private static byte[] headers(String... namesAndValues) {
        ByteBuffer headers = ByteBuffer.allocate(1024);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            byte[] name = namesAndValues[i].getBytes(StandardCharsets.US_ASCII);
            byte[] value = namesAndValues[i + 1].getBytes(StandardCharsets.US_ASCII);
            headers.put((byte) name.length)
                    .put(name)
                    .put(STRING)
                    .putShort((short) value.length)
                    .put(value);
        }
        byte[] written = new byte[headers.position()];
        headers.flip().get(written);
        return written;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
