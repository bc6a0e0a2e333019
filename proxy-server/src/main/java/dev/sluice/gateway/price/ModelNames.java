package dev.sluice.gateway.price;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Knows which names are versions of a model: a dated form of the longest listed name that it continues. {@code
 * gpt-4o-2024-08-06} is {@code gpt-4o}; {@code gpt-4o-audio-preview}, {@code gpt-4-32k} and {@code claude-fable-5-1} are
 * models of their own beside {@code gpt-4o}, {@code gpt-4} and {@code claude-fable-5}. Thread: any.
 */
final class ModelNames {
    /** 001 and 0125 and 2024 are versions, 5-1 is a number of a model. */
    private static final int SHORTEST_VERSION = 3;

    private ModelNames() {}

    /** What is {@code listed} for the model that {@code model} is a version of; null when it is none of a listed one. */
    static <T> @Nullable T findVersion(String model, Function<String, @Nullable T> listed) {
        for (int end = model.length() - 1; end > 0; end--) {
            if (isVersion(model, end)) {
                T found = listed.apply(model.substring(0, end));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** Whether what begins at {@code at} names a version of the model before it, not another model. */
    private static boolean isVersion(String model, int at) {
        char separator = model.charAt(at);
        if (separator == '@' || separator == ':') {
            return true;
        }
        if (separator != '-') {
            return false;
        }
        int end = endOfPart(model, at + 1);
        if (isNumber(model, at + 1, end) && end - at - 1 < SHORTEST_VERSION) {
            return false;
        }
        for (int start = at + 1; ; start = end + 1, end = endOfPart(model, start)) {
            if (!isNumber(model, start, end) && !isWord(model, start, end)) {
                return false;
            }
            if (end == model.length() || model.charAt(end) != '-') {
                return true;
            }
        }
    }

    private static int endOfPart(String model, int start) {
        int end = start;
        while (end < model.length() && "-@:".indexOf(model.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static boolean isNumber(String model, int start, int end) {
        for (int i = start; i < end; i++) {
            if (model.charAt(i) < '0' || model.charAt(i) > '9') {
                return false;
            }
        }
        return start < end;
    }

    private static boolean isWord(String model, int start, int end) {
        String part = model.substring(start, end);
        return part.equals("latest") || part.equals("preview");
    }
}
