package dev.sluice.codec.usage;

import static dev.sluice.codec.chat.Usage.UNKNOWN;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import io.netty.util.Recycler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what one answer reports as usage, in the way of its {@link UsageShape}, and makes it a {@link Usage}.
 *
 * <p>Reports are never summed. Some hosts send one with each chunk, each counting from the start; some repeat the last
 * one; some begin with the input and end with the output. Of each figure the largest counts, which is right for all of
 * them but Gemini, where the last report counts whole. A report without a positive figure is a placeholder and none at all.
 *
 * <p>One for each answer, or for one after another: {@link #reset}. Allocates nothing while reading. Thread: event loop.
 */
public final class UsageFigures {
    private static final int NO_LABEL = 0;
    private static final int AUDIO = 1;
    private static final int IMAGE = 2;
    private static final int ONE_HOUR = 3;

    private static final int TICKS_PER_NANO = 10;

    private static final Recycler<UsageFigures> SPARE = new Recycler<>(256, 0, 8) {
        @Override
        protected UsageFigures newObject(Handle<UsageFigures> handle) {
            return new UsageFigures(UsageShape.OPENAI, handle);
        }
    };

    private final Recycler.@Nullable Handle<UsageFigures> handle;
    private UsageShape shape;
    private boolean bare;

    /** By figure: of the report being read, of the payload's echoes, of all reports together. */
    private final long[] reading = unknown();

    private final long[] echoed = unknown();
    private final long[] reported = unknown();

    private long upstreamCost = UNKNOWN;
    private boolean ownKey;
    private int label;
    private long count = UNKNOWN;
    private @Nullable String serviceTier;
    /** What {@link #reported} made of it last; null when there has been another report since. */
    private @Nullable Usage made;

    // The current payload.
    private boolean touched;
    private boolean reportSeen;
    private boolean echoSeen;

    /** One that is kept by whoever makes it; {@link #take} gives one that is used again elsewhere. */
    public UsageFigures(UsageShape shape) {
        this(shape, null);
    }

    private UsageFigures(UsageShape shape, Recycler.@Nullable Handle<UsageFigures> handle) {
        this.shape = shape;
        this.bare = shape.isBare();
        this.handle = handle;
    }

    /** To be {@linkplain #giveBack given back} once, and reached no more then. */
    public static UsageFigures take(UsageShape shape) {
        UsageFigures figures = SPARE.get();
        figures.shape = shape;
        figures.bare = shape.isBare();
        return figures;
    }

    /** The end of what {@link #take} began. */
    public void giveBack() {
        reset();
        if (handle != null) {
            handle.recycle(this);
        }
    }

    private static long[] unknown() {
        long[] figures = new long[UsagePlace.FIGURES];
        Arrays.fill(figures, UNKNOWN);
        return figures;
    }

    /** Forgets the answer. */
    public void reset() {
        endPayload();
        clearReading();
        endLabelled();
        Arrays.fill(reported, UNKNOWN);
        serviceTier = null;
        made = null;
    }

    /** The value at one of the shape's places is complete; {@code id} is negative. */
    public void onFigure(int id, JsonReader value) {
        touched = true;
        UsagePlace place = UsagePlace.of(id);
        switch (place) {
            case REPORT -> endReport(/* echo= */ false);
            case ECHO -> endReport(/* echo= */ true);
            case LABEL -> label = label(value);
            case COUNT -> count = number(value);
            case INPUT_PART -> endPart(UsagePlace.INPUT_AUDIO, UsagePlace.INPUT_IMAGE);
            case CACHED_PART -> endPart(UsagePlace.CACHED_AUDIO, UsagePlace.CACHED_IMAGE);
            case OUTPUT_PART -> endPart(UsagePlace.OUTPUT_AUDIO, UsagePlace.OUTPUT_IMAGE);
            case CACHE_WRITE_PART -> endCacheWritePart();
            case COST -> take(UsagePlace.COST, nano(value));
            case COST_TICKS -> take(UsagePlace.COST, nanoOfTicks(number(value)));
            case UPSTREAM_COST -> upstreamCost = nano(value);
            case OWN_KEY -> ownKey = value.kind() == Kind.TRUE;
            case SERVICE_TIER -> nameServiceTier(value);
            case INPUT,
                    INPUT_TOOLS,
                    CACHED,
                    CACHED_FLAT,
                    CACHE_WRITE,
                    CACHE_WRITE_5M,
                    CACHE_WRITE_1H,
                    INPUT_AUDIO,
                    CACHED_AUDIO,
                    INPUT_IMAGE,
                    CACHED_IMAGE,
                    OUTPUT,
                    REASONING,
                    REASONING_FLAT,
                    OUTPUT_AUDIO,
                    OUTPUT_IMAGE,
                    TOTAL,
                    WEB_SEARCHES -> {
                take(place, number(value));
                if (bare) {
                    endReport(/* echo= */ false);
                }
            }
        }
    }

    /** Whether the current payload has a report. */
    public boolean isInPayload() {
        return reportSeen || echoSeen;
    }

    /** The payload is over, whole or not; what was begun in it and not completed is forgotten. */
    public void endPayload() {
        if (!touched) {
            return;
        }
        if (echoSeen && !reportSeen) {
            merge(echoed, reported);
            made = null;
        }
        Arrays.fill(echoed, UNKNOWN);
        clearReading();
        endLabelled();
        touched = false;
        reportSeen = false;
        echoSeen = false;
    }

    /** What all payloads that are over have reported; the same record again as long as nothing more is. */
    public Usage reported() {
        Usage before = made;
        if (before == null) {
            before = makeUsage();
            made = before;
        }
        return before;
    }

    private Usage makeUsage() {
        long cached = either(UsagePlace.CACHED, UsagePlace.CACHED_FLAT);
        long written1h = figure(UsagePlace.CACHE_WRITE_1H);
        long written = Math.max(figure(UsagePlace.CACHE_WRITE), sum(figure(UsagePlace.CACHE_WRITE_5M), written1h));
        long input = sum(figure(UsagePlace.INPUT), figure(UsagePlace.INPUT_TOOLS));
        if (shape.cache() == UsageShape.Cache.BESIDE_INPUT && input != UNKNOWN) {
            input = sum(input, sum(cached, written));
        }
        long reasoning = either(UsagePlace.REASONING, UsagePlace.REASONING_FLAT);
        long output = output(input, reasoning);
        return new Usage(
                input,
                cached,
                written,
                written1h,
                figure(UsagePlace.INPUT_AUDIO),
                figure(UsagePlace.CACHED_AUDIO),
                uncachedImages(),
                output,
                output == UNKNOWN ? reasoning : Math.min(reasoning, output),
                figure(UsagePlace.OUTPUT_AUDIO),
                figure(UsagePlace.OUTPUT_IMAGE),
                figure(UsagePlace.WEB_SEARCHES),
                figure(UsagePlace.COST));
    }

    /** The tier in which the request was served, in shapes that report it with the usage: what was said last. */
    public @Nullable String serviceTier() {
        return serviceTier;
    }

    private long output(long input, long reasoning) {
        long output = figure(UsagePlace.OUTPUT);
        return switch (shape.reasoning()) {
            case WITHIN_OUTPUT -> output;
            case BESIDE_OUTPUT -> sum(output, reasoning);
            case BY_TOTAL -> {
                boolean beside = output != UNKNOWN
                        && reasoning > 0
                        && figure(UsagePlace.TOTAL) == sum(sum(input, output), reasoning);
                yield beside ? sum(output, reasoning) : output;
            }
        };
    }

    private long uncachedImages() {
        long images = figure(UsagePlace.INPUT_IMAGE);
        return images == UNKNOWN ? UNKNOWN : Math.max(0, images - Math.max(0, figure(UsagePlace.CACHED_IMAGE)));
    }

    private void take(UsagePlace place, long figure) {
        int index = place.index();
        reading[index] = Math.max(reading[index], figure);
    }

    private void endReport(boolean echo) {
        if (ownKey) {
            int cost = UsagePlace.COST.index();
            reading[cost] = sum(reading[cost], upstreamCost);
        }
        if (hasPositive(reading)) {
            if (shape.reports() == UsageShape.Reports.LAST) {
                System.arraycopy(reading, 0, reported, 0, reading.length);
            } else {
                merge(reading, echo ? echoed : reported);
            }
            made = null;
            echoSeen |= echo;
            reportSeen |= !echo;
        }
        clearReading();
    }

    private void clearReading() {
        Arrays.fill(reading, UNKNOWN);
        upstreamCost = UNKNOWN;
        ownKey = false;
    }

    private void endPart(UsagePlace audio, UsagePlace image) {
        if (label == AUDIO) {
            take(audio, count);
        } else if (label == IMAGE) {
            take(image, count);
        }
        endLabelled();
    }

    private void endCacheWritePart() {
        if (label == ONE_HOUR) {
            take(UsagePlace.CACHE_WRITE_1H, count);
        }
        endLabelled();
    }

    private void endLabelled() {
        label = NO_LABEL;
        count = UNKNOWN;
    }

    private static int label(JsonReader value) {
        if (value.kind() != Kind.STRING) {
            return NO_LABEL;
        }
        if (value.textEquals("AUDIO")) {
            return AUDIO;
        }
        if (value.textEquals("IMAGE")) {
            return IMAGE;
        }
        return value.textEquals("1h") ? ONE_HOUR : NO_LABEL;
    }

    private void nameServiceTier(JsonReader value) {
        boolean named = value.kind() == Kind.STRING && !value.isEmpty();
        if (named && (serviceTier == null || !value.textEquals(serviceTier))) {
            serviceTier = value.text();
            made = null;
        }
    }

    private long either(UsagePlace place, UsagePlace otherwise) {
        long figure = figure(place);
        return figure == UNKNOWN ? figure(otherwise) : figure;
    }

    private long figure(UsagePlace place) {
        return reported[place.index()];
    }

    private static long number(JsonReader value) {
        return value.kind() == Kind.NUMBER ? value.number() : UNKNOWN;
    }

    private static long nano(JsonReader value) {
        return value.kind() == Kind.NUMBER ? value.nano() : UNKNOWN;
    }

    private static long nanoOfTicks(long ticks) {
        return ticks == UNKNOWN
                ? UNKNOWN
                : ticks / TICKS_PER_NANO + (ticks % TICKS_PER_NANO >= TICKS_PER_NANO / 2 ? 1 : 0);
    }

    private static boolean hasPositive(long[] report) {
        for (long figure : report) {
            if (figure > 0) {
                return true;
            }
        }
        return false;
    }

    private static void merge(long[] report, long[] into) {
        for (int i = 0; i < report.length; i++) {
            into[i] = Math.max(into[i], report[i]);
        }
    }

    /** Of what is known; hosts that report nonsense get the largest number, not a negative one. */
    private static long sum(long a, long b) {
        if (a == UNKNOWN || b == UNKNOWN) {
            return Math.max(a, b);
        }
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
}
