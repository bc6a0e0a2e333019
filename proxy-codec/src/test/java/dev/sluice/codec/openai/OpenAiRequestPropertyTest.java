package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.Pieces;
import dev.sluice.codec.json.RandomJson;
import dev.sluice.codec.json.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Random bodies are put together of parts, among them those that a rewrite has to change; so the body to expect can be
 * put together as well, without looking for anything in the one that was sent.
 */
class OpenAiRequestPropertyTest {
    private static final int BODIES = Integer.getInteger("property.bodies", 20_000);
    private static final List<Endpoint> ENDPOINTS = List.of(Endpoint.values());
    private static final JsonFactory PLAIN = new JsonFactory();

    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    @Test
    void changesExactlyWhatItHasToChange() throws Exception {
        long seed = Seeds.ofThisRun();
        Random seeds = new Random(seed);
        for (int i = 0; i < BODIES; i++) {
            Random random = new Random(seeds.nextLong());
            Sample sample = new Sample(random);
            byte[] body = sample.sent.getBytes(UTF_8);
            int[] cuts = Pieces.randomCuts(random, body.length);
            String context = "-Dseed=" + seed + ", body " + i + ", cut at " + Arrays.toString(cuts);
            try (RequestReader request = OpenAiRequest.of(Endpoint.CHAT_COMPLETIONS, JsonLimits.DEFAULT.depth())) {
                Pieces.feed(allocator, body, request::feed, cuts);
                request.end();
                assertThat(request.model()).as(context).isEqualTo(sample.model);
                assertThat(request.stream()).as(context).isEqualTo(sample.stream);
                assertThat(request.addsUsageRequest()).as(context).isEqualTo(sample.usageMissing());
                assertThat(request.textBytes()).as(context).isEqualTo(textBytes(body));
                byte[] rewritten = rewritten(request, Pieces.chain(allocator, body, cuts), sample.upstreamModel);
                assertThat(new String(rewritten, UTF_8)).as(context).isEqualTo(sample.expected);
                assertThat(tokens(rewritten)).as(context).isEqualTo(sample.changed(tokens(body)));
            } catch (MalformedRequestException e) {
                throw new AssertionError(context + ": " + sample.sent, e);
            }
        }
    }

    @Test
    void neverThrowsAnythingElseAndNeverLeaksOnDamagedBodies() {
        long seed = Seeds.ofThisRun();
        Random seeds = new Random(seed);
        int refused = 0;
        for (int i = 0; i < BODIES; i++) {
            Random random = new Random(seeds.nextLong());
            Sample sample = new Sample(random);
            byte[] body = new RandomJson(random).damaged(sample.sent.getBytes(UTF_8));
            Endpoint endpoint = ENDPOINTS.get(random.nextInt(ENDPOINTS.size()));
            try (RequestReader request = OpenAiRequest.of(endpoint, JsonLimits.DEFAULT.depth())) {
                Pieces.feed(allocator, body, request::feed, Pieces.randomCuts(random, body.length));
                request.end();
                byte[] rewritten = rewritten(request, Pieces.chain(allocator, body), "upstream");
                assertThat(tokens(rewritten)).contains("VALUE_STRING upstream");
            } catch (MalformedRequestException e) {
                refused++;
            } catch (RuntimeException | IOException e) {
                throw new AssertionError("-Dseed=" + seed + ", body " + i, e);
            }
        }
        assertThat(refused).isBetween(BODIES / 2, BODIES - BODIES / 100);
    }

    private byte[] rewritten(RequestReader request, ByteBuf body, String upstreamModel) {
        ByteBuf result = request.rewrite(body, upstreamModel, /* askForUsage= */ true, allocator);
        try {
            byte[] bytes = new byte[result.readableBytes()];
            result.readBytes(bytes);
            return bytes;
        } finally {
            result.release();
        }
    }

    private static List<String> tokens(byte[] json) throws IOException {
        List<String> tokens = new ArrayList<>();
        try (JsonParser parser = PLAIN.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                tokens.add(token + " " + parser.getText());
            }
        }
        return tokens;
    }

    private static long textBytes(byte[] json) throws IOException {
        long bytes = 0;
        int depth = 0;
        try (JsonParser parser = PLAIN.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                boolean measured =
                        depth > 1 || "prompt".equals(parser.currentName()) || "input".equals(parser.currentName());
                if (token == JsonToken.VALUE_STRING && measured) {
                    bytes += parser.getText().getBytes(UTF_8).length;
                }
            }
        }
        return bytes;
    }

    /** A body and what must become of it. */
    private static final class Sample {
        private final Random random;
        private final RandomJson json;
        private final String model;
        private final String upstreamModel;
        private final boolean stream;
        /** What the body says about usage: nothing, or the JSON of {@code stream_options}. */
        private final @Nullable String options;

        private final @Nullable String changedOptions;
        private final String sent;
        private final String expected;

        Sample(Random random) {
            this.random = random;
            json = new RandomJson(random);
            model = oneOf("m", "gpt-4o-mini", "größe/\"x\"\\", "中😀");
            upstreamModel = random.nextInt(4) == 0 ? model : oneOf("n", "llama-3.3", "\"\\", "é");
            stream = random.nextInt(4) > 0;
            int kind = random.nextInt(6);
            String[] other = {"", "", ""};
            for (int i = 0; i < other.length; i++) {
                other[i] = random.nextBoolean() ? json.member(json.otherName(), json.value(2)) : "";
            }
            String key = json.literal("include_usage") + json.blank() + ":" + json.blank();
            String off = random.nextBoolean() ? "false" : "null";
            String open = "{" + json.blank() + other[0];
            String close = json.blank() + "}";
            String tail = other[1].isEmpty() ? "" : "," + other[1];
            String comma = other[0].isEmpty() ? "" : ",";
            switch (kind) {
                case 0 -> {
                    options = "null";
                    changedOptions = "{\"include_usage\":true}";
                }
                case 1 -> {
                    options = open + close;
                    changedOptions = withoutTrailingBlanks(open) + comma + "\"include_usage\":true"
                            + trailingBlanks(open) + close;
                }
                case 2 -> {
                    options = open + comma + key + off + tail + close;
                    changedOptions = open + comma + key + "true" + tail + close;
                }
                case 3 -> {
                    options = open + comma + key + "true" + tail + close;
                    changedOptions = options;
                }
                default -> {
                    options = null;
                    changedOptions = null;
                }
            }
            List<String[]> members = new ArrayList<>();
            members.add(pair("model", json.literal(model), upstreamModel.equals(model) ? null : quoted(upstreamModel)));
            if (stream || random.nextBoolean()) {
                members.add(pair("stream", stream ? "true" : oneOf("false", "null"), null));
            }
            if (options != null) {
                members.add(pair("stream_options", options, usageMissing() ? changedOptions : null));
            }
            for (int i = random.nextInt(6); i > 0; i--) {
                members.add(pair(json.otherName(), json.value(5), null));
            }
            if (random.nextBoolean()) {
                members.add(pair(oneOf("prompt", "input"), json.value(2), null));
            }
            Collections.shuffle(members, random);
            StringBuilder before = new StringBuilder(json.blank()).append('{').append(json.blank());
            StringBuilder after = new StringBuilder(before);
            for (int i = 0; i < members.size(); i++) {
                before.append(i == 0 ? "" : ",").append(members.get(i)[0]);
                after.append(i == 0 ? "" : ",").append(members.get(i)[1]);
            }
            if (usageMissing() && options == null) {
                String kept = after.toString();
                after.setLength(0);
                after.append(withoutTrailingBlanks(kept))
                        .append(",\"stream_options\":{\"include_usage\":true}")
                        .append(trailingBlanks(kept));
            }
            String end = "}" + json.blank();
            sent = before + end;
            expected = after + end;
        }

        boolean usageMissing() {
            return stream && (options == null || !options.equals(changedOptions));
        }

        /** The tokens of a body after the change, from those before it. */
        List<String> changed(List<String> tokens) {
            List<String> changed = new ArrayList<>(tokens);
            int at = indexOfMember(changed, "model", 1, 0);
            changed.set(at + 1, "VALUE_STRING " + upstreamModel);
            if (!usageMissing()) {
                return changed;
            }
            List<String> wanted = List.of("FIELD_NAME include_usage", "VALUE_TRUE true");
            int optionsAt = indexOfMember(changed, "stream_options", 1, 0);
            if (optionsAt < 0) {
                changed.addAll(
                        changed.size() - 1, List.of("FIELD_NAME stream_options", "START_OBJECT {", "END_OBJECT }"));
                changed.addAll(changed.size() - 2, wanted);
            } else if (changed.get(optionsAt + 1).startsWith("VALUE_NULL")) {
                changed.remove(optionsAt + 1);
                changed.addAll(optionsAt + 1, List.of("START_OBJECT {", "END_OBJECT }"));
                changed.addAll(optionsAt + 2, wanted);
            } else {
                int usageAt = indexOfMember(changed, "include_usage", 2, optionsAt);
                if (usageAt < 0) {
                    changed.addAll(-usageAt, wanted);
                } else {
                    changed.set(usageAt + 1, "VALUE_TRUE true");
                }
            }
            return changed;
        }

        /** Index of a member's name at a depth, or minus the index of the end of the object without it. */
        private static int indexOfMember(List<String> tokens, String name, int depth, int from) {
            int current = from == 0 ? 0 : 1;
            for (int i = from; i < tokens.size(); i++) {
                String token = tokens.get(i);
                if (token.startsWith("START_")) {
                    current++;
                } else if (token.startsWith("END_")) {
                    current--;
                    if (current < depth) {
                        return -i;
                    }
                } else if (current == depth && token.equals("FIELD_NAME " + name)) {
                    return i;
                }
            }
            throw new AssertionError("unbalanced");
        }

        /** A member as it is sent, and as it must arrive. */
        private String[] pair(String name, String value, @Nullable String changedValue) {
            String head = json.blank() + json.literal(name) + json.blank() + ":" + json.blank();
            String tail = json.blank();
            return new String[] {head + value + tail, head + (changedValue == null ? value : changedValue) + tail};
        }

        private String oneOf(String... choices) {
            return choices[random.nextInt(choices.length)];
        }

        private static String quoted(String text) {
            return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
        }

        private static String withoutTrailingBlanks(String text) {
            return text.substring(0, text.length() - trailingBlanks(text).length());
        }

        private static String trailingBlanks(String text) {
            int end = text.length();
            while (end > 0 && " \t\r\n".indexOf(text.charAt(end - 1)) >= 0) {
                end--;
            }
            return text.substring(end);
        }
    }
}
