package dev.sluice.gateway.it;

import java.util.Random;

/**
 * What one call is to do. The provider's part travels in the request body, so that the provider plays what it was really
 * asked for; the client's part stays with the client.
 *
 * @param id the {@code x-request-id}, and the body's {@code user}
 * @param words tokens of the answer's text
 * @param chunkWords of these in each event
 * @param paceMillis between two events, and before a whole answer
 * @param promptTokens what the provider will report
 * @param hiddenTokens reasoning that is reported and never shown
 * @param asksForUsage whether the client itself asks for a stream's usage event
 * @param abortAfter the client goes away when it has read this many events; 0: as soon as it has asked; -1: never
 */
record Plan(
        String id,
        boolean stream,
        Ending ending,
        int words,
        int chunkWords,
        int paceMillis,
        int promptTokens,
        int cachedTokens,
        int hiddenTokens,
        boolean asksForUsage,
        int abortAfter) {
    static final String MODEL = "gpt-4o-mini";

    private static final String MARK = "\"content\":\"plan ";

    /** How the provider ends its answer. */
    enum Ending {
        WELL,
        /** It answers with an error instead. */
        ERROR,
        /** It closes the connection in the middle of the text. */
        CUT
    }

    /** What the provider charges for. */
    record Reported(long prompt, long cached, long completion, long reasoning) {}

    Reported reported() {
        return new Reported(promptTokens, cachedTokens, words + hiddenTokens, hiddenTokens);
    }

    boolean aborts() {
        return abortAfter >= 0;
    }

    /** A call of a mixed load; which one is decided by {@code random} alone. */
    static Plan random(String id, Random random) {
        boolean stream = random.nextInt(100) < 50;
        int dice = random.nextInt(100);
        Ending ending = dice < 4 ? Ending.ERROR : dice < 8 && stream ? Ending.CUT : Ending.WELL;
        int chunkWords = random.nextInt(10) == 0 ? 20 + random.nextInt(40) : 1 + random.nextInt(6);
        int chunks = 1 + random.nextInt(random.nextInt(4) == 0 ? 120 : 25);
        int abortAfter = random.nextInt(100) < 12 ? random.nextInt(stream ? chunks : 2) : -1;
        int prompt = 20 + random.nextInt(5_000);
        return new Plan(
                id,
                stream,
                ending,
                chunks * chunkWords - random.nextInt(chunkWords),
                chunkWords,
                random.nextInt(stream ? 35 : 50),
                prompt,
                random.nextInt(3) == 0 ? random.nextInt(prompt) : 0,
                random.nextInt(3) == 0 ? random.nextInt(700) : 0,
                random.nextInt(4) == 0,
                abortAfter);
    }

    /** A call that ends well, and soon: for loads whose rate matters. */
    static Plan brief(String id, Random random) {
        boolean stream = random.nextInt(100) < 40;
        int prompt = 20 + random.nextInt(2_000);
        return new Plan(
                id,
                stream,
                Ending.WELL,
                4 + random.nextInt(60),
                8,
                random.nextInt(12),
                prompt,
                random.nextInt(prompt),
                random.nextInt(2) * random.nextInt(90),
                random.nextBoolean(),
                -1);
    }

    /** The request's body, as a client of OpenAI's would write it. */
    String body() {
        return "{\"model\":\"" + MODEL + "\",\"user\":\"" + id + "\",\"stream\":" + stream
                + (stream && asksForUsage ? ",\"stream_options\":{\"include_usage\":true}" : "")
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"plan " + ending + " " + words + " " + chunkWords
                + " "
                + paceMillis + " " + promptTokens + " " + cachedTokens + " " + hiddenTokens + "\"}]}";
    }

    /** What the provider is asked for. {@code asksForUsage} is what arrived, the gateway's own wish included. */
    static Plan ofBody(String body) {
        int mark = body.indexOf(MARK);
        if (mark < 0) {
            throw new AssertionError("no plan in the request that reached the provider: " + body);
        }
        String[] parts = body.substring(mark + MARK.length(), body.indexOf('"', mark + MARK.length()))
                .split(" ");
        return new Plan(
                between(body, "\"user\":\"", "\""),
                body.contains("\"stream\":true"),
                Ending.valueOf(parts[0]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]),
                Integer.parseInt(parts[4]),
                Integer.parseInt(parts[5]),
                Integer.parseInt(parts[6]),
                body.contains("\"include_usage\":true"),
                -1);
    }

    private static String between(String text, String before, String after) {
        int from = text.indexOf(before) + before.length();
        return text.substring(from, text.indexOf(after, from));
    }
}
