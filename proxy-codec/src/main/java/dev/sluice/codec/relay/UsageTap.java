package dev.sluice.codec.relay;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.tokens.StreamCount;
import dev.sluice.codec.tokens.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of an answer while it passes: of each choice and channel for itself, since no token reaches from
 * one into another. One an attempt; stands beside the relay, behind the {@link dev.sluice.codec.dialect.AnswerReader}
 * that both share.
 *
 * <p>Figures are those of the model: what its vocabulary, or the nearest public one, makes of the text, times the
 * tokenizer's factor. Reasoning that the provider bills but does not show is in none of them. Thread: event loop.
 */
public final class UsageTap implements ChatEvents {
    private static final int CHANNELS = 4;
    /** The last one stands for all that follow. */
    private static final int MAX_CHOICES = 128;

    private final Tokenizer tokenizer;
    /** By choice, and by channel within a choice; most answers have one choice, and one or two channels. */
    private @Nullable StreamCount[] counts = new StreamCount[CHANNELS];

    /** The call whose arguments were told last. */
    private int lastCall = NO_CALL;

    private int lastCallChoice;
    private boolean refused;

    public UsageTap(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        refused |= channel == Channel.REFUSAL;
        int place = place(choice, channel);
        StreamCount count = place < counts.length ? counts[place] : null;
        if (count == null) {
            count = open(place);
        }
        count.append(utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        int place = place(choice, channel);
        StreamCount count = place < counts.length ? counts[place] : null;
        if (count != null) {
            count.boundary();
        }
    }

    /** Calls that go on in turns are counted as if each turn stood alone. */
    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        onBoundary(choice, Channel.TOOL_CALL);
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        onText(choice, Channel.TOOL_CALL, utf8, 0, utf8.length);
        onBoundary(choice, Channel.TOOL_CALL);
        lastCall = call;
        lastCallChoice = choice;
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        if (call != lastCall || choice != lastCallChoice) {
            onBoundary(choice, Channel.TOOL_CALL);
            lastCall = call;
            lastCallChoice = choice;
        }
        onText(choice, Channel.TOOL_CALL, utf8, from, to);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        refused |= reason == FinishReason.CONTENT_FILTER;
    }

    /** Whether the answer, or a choice of it, was refused: by the model's own words, or by a filter. */
    public boolean refused() {
        return refused;
    }

    /** Tokens counted for good: never more than {@link #total}, never fewer than before. Costs next to nothing. */
    public long committed() {
        long sum = 0;
        for (StreamCount count : counts) {
            sum += count == null ? 0 : count.committed();
        }
        return tokenizer.scale(sum);
    }

    /** Tokens of all that has been told so far. Counts what was held back: some hundred nanoseconds a text. */
    public long total() {
        long sum = 0;
        for (StreamCount count : counts) {
            sum += count == null ? 0 : count.total();
        }
        return tokenizer.scale(sum);
    }

    /** At least {@link #total}, without counting anything. */
    public long upperBound() {
        long sum = 0;
        for (StreamCount count : counts) {
            sum += count == null ? 0 : count.upperBound();
        }
        return tokenizer.scale(sum);
    }

    /** Whether the count itself is not exact, whatever the tokenizer is. */
    public boolean isApproximate() {
        for (StreamCount count : counts) {
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

    private StreamCount open(int place) {
        if (place >= counts.length) {
            counts = Arrays.copyOf(counts, (place / CHANNELS + 1) * CHANNELS);
        }
        StreamCount count = new StreamCount(tokenizer.encoding());
        counts[place] = count;
        return count;
    }
}
