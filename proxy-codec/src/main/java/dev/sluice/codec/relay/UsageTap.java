package dev.sluice.codec.relay;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.tokens.StreamCount;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.util.Recycler;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of an answer while it passes: of each choice and channel for itself, since no token reaches from
 * one into another. One an attempt; stands beside the relay, behind the {@link dev.sluice.codec.dialect.AnswerReader}
 * that both share.
 *
 * <p>Figures are those of the model: what its vocabulary, or the nearest public one, makes of the text, times the
 * tokenizer's factor. Reasoning that the provider bills but does not show is in none of them.
 *
 * <p>What counts is used again: whoever made the tap {@linkplain #close closes} it when no figure is asked for any more.
 * Without that it is only made anew. Thread: event loop.
 */
public final class UsageTap implements ChatEvents, AutoCloseable {
    private static final int CHANNELS = 4;
    /** The last one stands for all that follow. */
    private static final int MAX_CHOICES = 128;

    private final Tokenizer tokenizer;
    /** Null once it has been closed. */
    private @Nullable Counts counts;

    public UsageTap(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.counts = Counts.SPARE.get();
    }

    @Override
    public boolean hearsStart() {
        return false;
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        counts().append(tokenizer, choice, channel, utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        counts().boundary(choice, channel);
    }

    /** Calls that go on in turns are counted as if each turn stood alone. */
    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        Counts told = counts();
        told.boundary(choice, Channel.TOOL_CALL);
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        told.append(tokenizer, choice, Channel.TOOL_CALL, utf8, 0, utf8.length);
        told.boundary(choice, Channel.TOOL_CALL);
        told.lastCall = call;
        told.lastCallChoice = choice;
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        Counts told = counts();
        if (call != told.lastCall || choice != told.lastCallChoice) {
            told.boundary(choice, Channel.TOOL_CALL);
            told.lastCall = call;
            told.lastCallChoice = choice;
        }
        told.append(tokenizer, choice, Channel.TOOL_CALL, utf8, from, to);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        counts().refused |= reason == FinishReason.CONTENT_FILTER;
    }

    /** Whether the answer, or a choice of it, was refused: by the model's own words, or by a filter. */
    public boolean refused() {
        return counts().refused;
    }

    /** Tokens counted for good: never more than {@link #total}, never fewer than before. Costs next to nothing. */
    public long committed() {
        long sum = 0;
        for (StreamCount count : counts().open) {
            sum += count == null ? 0 : count.committed();
        }
        return tokenizer.scale(sum);
    }

    /** Tokens of all that has been told so far. Counts what was held back: some hundred nanoseconds a text. */
    public long total() {
        long sum = 0;
        for (StreamCount count : counts().open) {
            sum += count == null ? 0 : count.total();
        }
        return tokenizer.scale(sum);
    }

    /** At least {@link #total}, without counting anything. */
    public long upperBound() {
        long sum = 0;
        for (StreamCount count : counts().open) {
            sum += count == null ? 0 : count.upperBound();
        }
        return tokenizer.scale(sum);
    }

    /** Whether the count itself is not exact, whatever the tokenizer is. */
    public boolean isApproximate() {
        for (StreamCount count : counts().open) {
            if (count != null && count.isApproximate()) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@link #total} is what the model itself would count for this text. */
    public boolean isExact() {
        return tokenizer.exact() && !isApproximate();
    }

    /** Gives back what counts: nothing may be told or asked any more. Closing again does nothing. */
    @Override
    public void close() {
        Counts used = counts;
        counts = null;
        if (used != null) {
            used.giveBack();
        }
    }

    private Counts counts() {
        Counts open = counts;
        if (open == null) {
            throw new IllegalStateException("what counts the tokens of this answer has been closed");
        }
        return open;
    }

    /** What counts one answer after another. */
    private static final class Counts {
        static final Recycler<Counts> SPARE = new Recycler<>(256, 0, 8) {
            @Override
            protected Counts newObject(Handle<Counts> handle) {
                return new Counts(handle);
            }
        };

        private final Recycler.Handle<Counts> handle;
        /** By choice, and by channel within a choice; most answers have one choice, and one or two channels. */
        private @Nullable StreamCount[] open = new StreamCount[CHANNELS];
        /** Those of the first choice, for the next answer. */
        private final @Nullable StreamCount[] kept = new StreamCount[CHANNELS];

        /** The call whose arguments were told last. */
        private int lastCall = NO_CALL;

        private int lastCallChoice;
        private boolean refused;

        private Counts(Recycler.Handle<Counts> handle) {
            this.handle = handle;
        }

        void append(Tokenizer tokenizer, int choice, Channel channel, byte[] utf8, int from, int to) {
            refused |= channel == Channel.REFUSAL;
            int place = place(choice, channel);
            StreamCount count = place < open.length ? open[place] : null;
            if (count == null) {
                count = open(place, tokenizer);
            }
            count.append(utf8, from, to);
        }

        void boundary(int choice, Channel channel) {
            int place = place(choice, channel);
            StreamCount count = place < open.length ? open[place] : null;
            if (count != null) {
                count.boundary();
            }
        }

        void giveBack() {
            if (open.length > CHANNELS) {
                open = new StreamCount[CHANNELS];
            } else {
                Arrays.fill(open, null);
            }
            lastCall = NO_CALL;
            lastCallChoice = 0;
            refused = false;
            handle.recycle(this);
        }

        private StreamCount open(int place, Tokenizer tokenizer) {
            if (place >= open.length) {
                open = Arrays.copyOf(open, (place / CHANNELS + 1) * CHANNELS);
            }
            StreamCount count = place < CHANNELS ? kept[place] : null;
            if (count == null) {
                count = new StreamCount(tokenizer.encoding());
                if (place < CHANNELS) {
                    kept[place] = count;
                }
            } else {
                count.begin(tokenizer.encoding());
            }
            open[place] = count;
            return count;
        }

        private static int place(int choice, Channel channel) {
            int last = MAX_CHOICES - 1;
            int row = choice < 0 || choice > last ? last : choice;
            return row * CHANNELS + column(channel);
        }

        private static int column(Channel channel) {
            return switch (channel) {
                case CONTENT -> 0;
                case REFUSAL -> 1;
                case REASONING -> 2;
                case TOOL_CALL -> 3;
            };
        }
    }
}
