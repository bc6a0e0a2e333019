package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.conformance.Scenario;
import dev.sluice.gateway.conformance.Voice;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What a provider says when nothing is wrong with it, as a stream and as a whole, and where the answer proper begins
 * in it: {@link Fault}s say a part of it, or something else. Immutable.
 */
final class Speech {
    /** What it says when it refuses. */
    static final String SENTENCE = "not now";

    /** In as many equal parts a whole answer is said. */
    private static final int PIECES_OF_A_BODY = 4;

    private final Voice voice;
    private final List<byte[]> stream;
    private final int opening;
    private final byte[] body;

    /** @param opening how many pieces at the beginning of the stream hold no content */
    private Speech(Voice voice, List<byte[]> stream, int opening, byte[] body) {
        this.voice = voice;
        this.stream = List.copyOf(stream);
        this.opening = opening;
        this.body = body;
    }

    /** A short text in the wire format of {@code format}. */
    static Speech of(ProviderFormat format) {
        List<byte[]> pieces = format.voice().stream(Scenario.TEXT);
        int opening = 0;
        while (!new String(pieces.get(opening), UTF_8).contains("Hel")) {
            opening++;
        }
        return new Speech(
                format.voice(),
                pieces,
                opening,
                format.voice().body(Scenario.TEXT).getBytes(UTF_8));
    }

    /** A text of these pieces in OpenAI's wire format. */
    static Speech words(String... texts) {
        List<byte[]> pieces = new ArrayList<>();
        pieces.add(Words.ROLE.getBytes(UTF_8));
        for (String text : texts) {
            pieces.add(Words.text(text).getBytes(UTF_8));
        }
        for (String last : List.of(Words.FINISH, Words.USAGE, Words.DONE)) {
            pieces.add(last.getBytes(UTF_8));
        }
        String body = Words.COMPLETION.replace("Guten Tag", String.join("", texts));
        return new Speech(ProviderFormat.OPENAI.voice(), pieces, 1, body.getBytes(UTF_8));
    }

    /** How many bytes of it have to be written until its first content can be understood. */
    int firstContentBytes(boolean streamed) {
        return streamed
                ? stream.stream()
                        .limit(opening + 1)
                        .mapToInt(piece -> piece.length)
                        .sum()
                : body.length;
    }

    /** All of the stream. */
    byte[] streamed() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        stream.forEach(all::writeBytes);
        return all.toByteArray();
    }

    byte[] whole() {
        return body.clone();
    }

    /** What of it a caller gets who speaks the same dialect and did not ask for usage. */
    String heard(boolean streamed) {
        if (!streamed) {
            return new String(body, UTF_8);
        }
        StringBuilder heard = new StringBuilder();
        for (byte[] piece : stream) {
            String events = new String(piece, UTF_8);
            // OpenAI's report is an event of its own, which the gateway asked for.
            heard.append(events.contains("\"choices\":[],\"usage\"") ? "" : events);
        }
        return heard.toString();
    }

    // Scripts.

    Script head(boolean streamed) {
        return streamed
                ? Script.head(200, "content-type", voice.streamType(), "x-request-id", "req_of_provider")
                : Script.head(200, "content-type", "application/json", "content-length", String.valueOf(body.length));
    }

    /** Head and all that follows. */
    Script all(boolean streamed) {
        return Script.of(head(streamed), send(streamed, stream.size()), Script.end());
    }

    /** The head, and what a stream begins with before its content. */
    Script opening(boolean streamed) {
        return Script.of(head(streamed), send(streamed, streamed ? opening : 1));
    }

    /** The head, and all up to the first content and with it; of a whole answer the half. */
    Script begun(boolean streamed) {
        return Script.of(head(streamed), send(streamed, streamed ? opening + 1 : PIECES_OF_A_BODY / 2));
    }

    /** The next of the pieces with content. */
    Script more() {
        return Script.send(stream.get(opening + 1), Split.WHOLE);
    }

    /**
     * A byte each {@code millis}.
     *
     * @param begun whether {@link #begun} has been said already; else all of the body is dripped
     */
    Script drip(boolean streamed, boolean begun, long millis) {
        byte[] rest = streamed ? streamed() : body;
        int pieces = begun ? opening + 1 : 0;
        int said = streamed
                ? stream.stream().limit(pieces).mapToInt(piece -> piece.length).sum()
                : begun ? body.length / 2 : 0;
        return Script.dripBytes(Arrays.copyOfRange(rest, said, rest.length), millis);
    }

    /** The head, and then any number of bytes in pieces of any size: perhaps none, perhaps all. */
    Script anyPart(boolean streamed, Random random) {
        byte[] all = streamed ? streamed() : body;
        byte[] part = Arrays.copyOf(all, random.nextInt(all.length + 1));
        return Script.of(head(streamed), Script.send(part, Split.random(random.nextLong(), 1 + part.length)));
    }

    /** An answer with an error status, in this provider's words. */
    Script refusal(int status, String... fields) {
        return Script.json(status, voice.refusal(status, SENTENCE), fields);
    }

    /** What stands in a stream where an event should: the provider is overloaded. */
    Script failureEvent() {
        return Script.send(failure(true));
    }

    /** The same as a whole answer of status 200. */
    Script failure() {
        return Script.json(200, failure(false));
    }

    String failure(boolean event) {
        String words = new String(voice.failure(SENTENCE), UTF_8);
        return event ? words : words.substring(words.indexOf("data: ") + "data: ".length());
    }

    private Script send(boolean streamed, int pieces) {
        return wire -> {
            if (streamed) {
                for (byte[] piece : stream.subList(0, pieces)) {
                    wire.write(piece);
                }
            } else {
                wire.write(Arrays.copyOf(body, body.length * Math.min(pieces, PIECES_OF_A_BODY) / PIECES_OF_A_BODY));
            }
        };
    }
}
