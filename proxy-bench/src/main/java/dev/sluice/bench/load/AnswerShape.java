package dev.sluice.bench.load;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model answers, said in its name, so that a caller and a provider that never talked agree: {@code
 * bench-32x62500x24} is 32 deltas of 24 bytes, 62,500 microseconds apart. Thread: any.
 *
 * @param chunks deltas of an answer
 * @param intervalMicros between two of them; 0: as fast as they can be sent
 * @param sizeBytes of each delta's text; its number and stamp are never cut
 */
record AnswerShape(int chunks, long intervalMicros, int sizeBytes) {
    private static final Pattern NAME = Pattern.compile("(?:.*/)?bench-(\\d{1,6})x(\\d{1,9})x(\\d{1,5})");

    AnswerShape {
        if (chunks < 1 || intervalMicros < 0 || sizeBytes < 1) {
            throw new IllegalArgumentException(
                    "an answer of " + chunks + " deltas of " + sizeBytes + " bytes, " + intervalMicros + " us apart");
        }
    }

    static AnswerShape of(String model) {
        Matcher matcher = NAME.matcher(model);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "the model '" + model + "' says no answer; expected bench-<chunks>x<microseconds>x<bytes>");
        }
        return new AnswerShape(
                Integer.parseInt(matcher.group(1)),
                Long.parseLong(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
    }

    String model() {
        return "bench-" + chunks + "x" + intervalMicros + "x" + sizeBytes;
    }

    long intervalNanos() {
        return intervalMicros * 1_000;
    }
}
