package dev.sluice.codec.gemini;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What the name of a model says of it: where it stands in a path, and what its generation is able to. Thread: any.
 *
 * @param name without the folder that it may have been given with
 * @param folder {@code models/} or {@code tunedModels/}
 * @param generation tenths: 25 for Gemini 2.5; {@link #LATEST} for an alias that follows the newest, 0 for other models
 */
record GeminiModel(String name, String folder, int generation) {
    private static final String MODELS = "models/";
    private static final String TUNED_MODELS = "tunedModels/";
    private static final String FAMILY = "gemini-";
    private static final int LATEST = 1000;
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    static GeminiModel of(String named) {
        if (named.startsWith(TUNED_MODELS)) {
            return new GeminiModel(named.substring(TUNED_MODELS.length()), TUNED_MODELS, 0);
        }
        // Vertex also knows names that begin further up: publishers/google/models/x.
        int at = named.startsWith("publishers/") ? named.indexOf("/" + MODELS) + 1 : 0;
        String name = named.startsWith(MODELS, at) ? named.substring(at + MODELS.length()) : named;
        return new GeminiModel(name, MODELS, generation(name.toLowerCase(Locale.ROOT)));
    }

    /** With its folder, as requests name it. */
    String qualified() {
        return folder + name;
    }

    /** The same as a piece of a path. */
    String inPath() {
        StringBuilder path = new StringBuilder(folder);
        for (byte next : name.getBytes(StandardCharsets.UTF_8)) {
            if (isLegal(next)) {
                path.append((char) next);
            } else {
                path.append('%').append(HEX[next >> 4 & 15]).append(HEX[next & 15]);
            }
        }
        return path.toString();
    }

    /** Whether it reasons in levels, wants its signatures back, and takes functions beside all else. */
    boolean isThird() {
        return generation >= 30;
    }

    /** Whether it can be told how much to reason. Those that draw or speak cannot. */
    boolean reasons() {
        return generation >= 25 && !name.contains("-image") && !name.contains("-tts");
    }

    boolean isPro() {
        return name.contains("-pro");
    }

    boolean isLite() {
        return name.contains("-lite");
    }

    private static int generation(String name) {
        if (!name.startsWith(FAMILY)) {
            return 0;
        }
        int at = FAMILY.length();
        int major = digit(name, at);
        if (major < 0) {
            return LATEST;
        }
        int minor = at + 1 < name.length() && name.charAt(at + 1) == '.' ? digit(name, at + 2) : 0;
        return 10 * major + Math.max(0, minor);
    }

    private static int digit(String name, int at) {
        return at < name.length() ? Character.digit(name.charAt(at), 10) : -1;
    }

    private static boolean isLegal(byte next) {
        return (next >= 'a' && next <= 'z')
                || (next >= 'A' && next <= 'Z')
                || (next >= '0' && next <= '9')
                || next == '-'
                || next == '_'
                || next == '.'
                || next == '~'
                || next == '@';
    }
}
