package dev.sluice.codec.chat;

import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says, as lines of text: tells them to a listener, or writes down what a listener hears.
 *
 * <pre>
 * # a comment; -  stands for null
 * start msg_1 model-1
 * text 0 CONTENT Hello
 * text 0 REASONING "with \n escapes, as JSON has them"
 * boundary 0 REASONING
 * call 0 0 call_1 look
 * args 0 0 {"a":1}
 * signature 0 - ANTHROPIC c2ln
 * redacted 0 - ANTHROPIC c2ln
 * signature 0 0 GEMINI c2ln
 * citation 0 https://a.example A title
 * finish 0 STOP
 * finish 0 STOP_SEQUENCE END
 * take
 * usage 10 5 cached=3 written=2 written1h=1 reasoning=4 inputAudio=0 outputAudio=0
 * cut
 * </pre>
 *
 * Texts, arguments and signatures reach to the end of the line; in quotes they are a JSON string. {@code take} asks an
 * encoder for its bytes, as a relay does behind each read. The end is told behind the last line, unless that is {@code
 * cut}: the provider broke off.
 */
public final class EventScript {
    private final String[] lines;

    private EventScript(String script) {
        this.lines = script.split("\n");
    }

    /** Tells all lines to {@code events}, but for the usage and the end. */
    public static void tell(String script, ChatEvents events) {
        for (String line : new EventScript(script).lines) {
            if (isEvent(line)) {
                tellLine(line, events);
            }
        }
    }

    /** Tells all lines to {@code encoder}; gives all that it writes. Closes it. */
    public static String run(String script, AnswerEncoder encoder) {
        StringBuilder written = new StringBuilder();
        Usage usage = Usage.NONE;
        boolean cut = false;
        try (encoder) {
            for (String line : new EventScript(script).lines) {
                switch (line.strip().split(" ", 2)[0]) {
                    case "usage" -> usage = usage(line);
                    case "take" -> take(encoder, written);
                    case "cut" -> cut = true;
                    default -> {
                        if (isEvent(line)) {
                            tellLine(line, encoder);
                        }
                    }
                }
            }
            if (!cut) {
                encoder.onEnd(usage);
            }
            take(encoder, written);
        }
        return written.toString();
    }

    private static void take(AnswerEncoder encoder, StringBuilder written) {
        ByteBuf bytes = encoder.take();
        if (bytes != null) {
            written.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.release();
        }
    }

    private static boolean isEvent(String line) {
        String word = line.strip().split(" ", 2)[0];
        return switch (word) {
            case "", "usage", "take", "cut" -> false;
            default -> !word.startsWith("#");
        };
    }

    private static void tellLine(String line, ChatEvents events) {
        String[] words = line.strip().split(" ", 2);
        String rest = words.length < 2 ? "" : words[1];
        switch (words[0]) {
            case "start" -> events.onStart(orNull(word(rest, 0)), orNull(word(rest, 1)));
            case "text" -> {
                byte[] text = bytes(from(rest, 2));
                events.onText(number(rest, 0), Channel.valueOf(word(rest, 1)), text, 0, text.length);
            }
            case "boundary" -> events.onBoundary(number(rest, 0), Channel.valueOf(word(rest, 1)));
            case "call" -> events.onToolCall(number(rest, 0), number(rest, 1), orNull(word(rest, 2)), from(rest, 3));
            case "args" -> {
                byte[] text = bytes(from(rest, 2));
                events.onArguments(number(rest, 0), number(rest, 1), text, 0, text.length);
            }
            case "signature", "redacted" -> {
                byte[] text = bytes(from(rest, 3));
                int call = word(rest, 1).equals("-") ? ChatEvents.NO_CALL : number(rest, 1);
                SignatureOrigin origin = SignatureOrigin.valueOf(word(rest, 2));
                boolean redacted = words[0].equals("redacted");
                events.onSignature(number(rest, 0), call, origin, redacted, text, 0, text.length);
            }
            case "citation" -> {
                String title = from(rest, 2);
                events.onCitation(number(rest, 0), word(rest, 1), title.isEmpty() ? null : title);
            }
            case "finish" -> {
                String sequence = from(rest, 2);
                FinishReason reason = FinishReason.valueOf(word(rest, 1));
                events.onFinish(number(rest, 0), reason, sequence.isEmpty() ? null : sequence);
            }
            default -> throw new IllegalArgumentException("no such event: " + line);
        }
    }

    /** {@code usage IN OUT} and any of the figures that have names. */
    public static Usage usage(String line) {
        String[] words = line.strip().split(" ");
        return new Usage(
                figure(words[1]),
                named(words, "cached"),
                named(words, "written"),
                named(words, "written1h"),
                named(words, "inputAudio"),
                named(words, "cachedAudio"),
                named(words, "inputImage"),
                figure(words[2]),
                named(words, "reasoning"),
                named(words, "outputAudio"),
                named(words, "outputImage"),
                named(words, "searches"),
                named(words, "costNano"));
    }

    private static long figure(String word) {
        return word.equals("-") ? Usage.UNKNOWN : Long.parseLong(word);
    }

    private static long named(String[] words, String name) {
        for (String word : words) {
            if (word.startsWith(name + "=")) {
                return Long.parseLong(word.substring(name.length() + 1));
            }
        }
        return Usage.UNKNOWN;
    }

    private static String word(String rest, int index) {
        String[] words = rest.split(" ");
        return index < words.length ? words[index] : "-";
    }

    /** All behind the first {@code index} words. */
    private static String from(String rest, int index) {
        String[] words = rest.split(" ", index + 1);
        return index < words.length ? words[index] : "";
    }

    private static int number(String rest, int index) {
        return Integer.parseInt(word(rest, index));
    }

    private static @Nullable String orNull(String word) {
        return word.equals("-") ? null : word;
    }

    private static byte[] bytes(String text) {
        if (!text.startsWith("\"") || !text.endsWith("\"") || text.length() < 2) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteBuf bytes = Unpooled.buffer();
        JsonSlice.raw(text).tellText(new JsonReader.Listener() {
            @Override
            public void onValue(int id, JsonReader value) {}

            @Override
            public void onText(int id, byte[] utf8, int from, int to) {
                bytes.writeBytes(utf8, from, to - from);
            }
        });
        byte[] unescaped = new byte[bytes.readableBytes()];
        bytes.readBytes(unescaped);
        return unescaped;
    }

    /**
     * Writes down what it hears, in the words of a script; what goes on with the text or the arguments of the line before
     * is joined to them.
     */
    public static final class Recorder implements ChatEvents {
        private final StringBuilder script = new StringBuilder();
        private final ByteBuf text = Unpooled.buffer();
        private String open = "";

        @Override
        public void onStart(@Nullable String id, @Nullable String model) {
            line("start " + orDash(id) + ' ' + orDash(model));
        }

        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
            append("text " + choice + ' ' + channel, utf8, from, to);
        }

        @Override
        public void onBoundary(int choice, Channel channel) {
            line("boundary " + choice + ' ' + channel);
        }

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {
            line("call " + choice + ' ' + call + ' ' + orDash(id) + ' ' + name);
        }

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
            append("args " + choice + ' ' + call, utf8, from, to);
        }

        @Override
        public void onSignature(
                int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
            closeText();
            String word = redacted ? "redacted " : "signature ";
            append(word + choice + ' ' + (call == NO_CALL ? "-" : call) + ' ' + origin, utf8, from, to);
            closeText();
        }

        @Override
        public void onCitation(int choice, String url, @Nullable String title) {
            line("citation " + choice + ' ' + url + (title == null ? "" : ' ' + title));
        }

        @Override
        public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
            line("finish " + choice + ' ' + reason + (stopSequence == null ? "" : ' ' + stopSequence));
        }

        /** The script so far, each line ended. */
        @Override
        public String toString() {
            return script + openLine();
        }

        private void append(String head, byte[] utf8, int from, int to) {
            if (!head.equals(open)) {
                closeText();
                open = head;
            }
            text.writeBytes(utf8, from, to - from);
        }

        private void line(String line) {
            closeText();
            script.append(line).append('\n');
        }

        private void closeText() {
            script.append(openLine());
            text.clear();
            open = "";
        }

        /** Plain texts as they are; those that a line could not hold, or would lose, as JSON. */
        private String openLine() {
            if (open.isEmpty()) {
                return "";
            }
            String plain = text.toString(StandardCharsets.UTF_8);
            boolean quoted = plain.isEmpty()
                    || !plain.equals(plain.strip())
                    || plain.startsWith("\"")
                    || plain.codePoints().anyMatch(c -> c < ' ' || c == 0xFFFD);
            return open + ' ' + (quoted ? quoted(text) : plain) + '\n';
        }

        private static String quoted(ByteBuf wtf8) {
            StringBuilder units = new StringBuilder();
            byte[] bytes = new byte[wtf8.readableBytes()];
            wtf8.getBytes(wtf8.readerIndex(), bytes);
            int done = 0;
            for (int i = 0; i + 2 < bytes.length; i++) {
                if (bytes[i] == (byte) 0xED && (bytes[i + 1] & 0xE0) == 0xA0) {
                    units.append(new String(bytes, done, i - done, StandardCharsets.UTF_8));
                    units.append((char) (0xD000 | (bytes[i + 1] & 0x3F) << 6 | bytes[i + 2] & 0x3F));
                    i += 2;
                    done = i + 1;
                }
            }
            units.append(new String(bytes, done, bytes.length - done, StandardCharsets.UTF_8));
            return new String(JsonText.quoted(units.toString()), StandardCharsets.UTF_8);
        }

        private static String orDash(@Nullable String word) {
            return word == null ? "-" : word.isEmpty() ? "\"\"" : word;
        }
    }
}
