package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.tokens.ImageHeader;
import dev.sluice.codec.tokens.ImageSize;
import dev.sluice.codec.tokens.PromptCount;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.util.Recycler;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of a prompt from what a dialect tells of it. One a prompt and tokenizer.
 *
 * <p>What counts is used again: whoever made the tap {@linkplain #close closes} it when nothing is asked of it any more.
 * Without that it is only made anew. Thread: that of {@link dev.sluice.codec.dialect.InboundDialect#readPrompt}.
 */
public final class PromptTap implements PromptParts, AutoCloseable {
    private static final Recycler<Spare> SPARE = new Recycler<>(16, 0, 4) {
        @Override
        protected Spare newObject(Handle<Spare> handle) {
            return new Spare(handle);
        }
    };

    /** A count that goes back when it is no longer needed. */
    private static final class Spare {
        private final Recycler.Handle<Spare> handle;
        private final PromptCount count = new PromptCount(Tokenizer.of(""));

        private Spare(Recycler.Handle<Spare> handle) {
            this.handle = handle;
        }
    }

    /** Null once it has been closed. */
    private @Nullable Spare spare;

    /** A message has begun of which it is not known yet whether it is the system's. */
    private boolean messagePending;
    /** Tokens that came as such: the model's own, to which no factor applies. */
    private long ownTokens;

    public PromptTap(Tokenizer tokenizer) {
        Spare taken = SPARE.get();
        taken.count.begin(tokenizer);
        spare = taken;
    }

    @Override
    public void onMessage() {
        settleMessage();
        messagePending = true;
    }

    @Override
    public void onName() {
        count().onName();
    }

    @Override
    public void onSystemMessage() {
        if (messagePending) {
            messagePending = false;
            count().onSystemMessage();
        }
    }

    @Override
    public void onText(byte[] utf8, int from, int to) {
        count().onText(utf8, from, to);
    }

    @Override
    public void onTextEnd() {
        count().endText();
    }

    @Override
    public void onTokens(long tokens) {
        ownTokens += tokens;
    }

    /** What stands around all tools is counted with the first of them. */
    @Override
    public void onTools() {}

    @Override
    public void onTool() {
        count().onTool();
    }

    @Override
    public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {
        ImageSize size = ImageHeader.ofDataUrl(dataUrl, from, to);
        count().onImage(detail(detail), size == null ? 0 : size.width(), size == null ? 0 : size.height());
    }

    @Override
    public void onUnknownPart() {
        count().onUnknownPart();
    }

    /** The tokens of what has been told, as the model would count them. */
    public long tokens() {
        settleMessage();
        return count().tokens() + ownTokens;
    }

    /** Whether {@link #tokens} is the number that the provider will report, and not an estimate. */
    public boolean isExact() {
        return count().isExact();
    }

    /** Gives back what counts: nothing may be told or asked any more. Closing again does nothing. */
    @Override
    public void close() {
        Spare used = spare;
        spare = null;
        if (used != null) {
            used.handle.recycle(used);
        }
    }

    private PromptCount count() {
        Spare open = spare;
        if (open == null) {
            throw new IllegalStateException("what counts the tokens of this prompt has been closed");
        }
        return open.count;
    }

    private void settleMessage() {
        if (messagePending) {
            messagePending = false;
            count().onMessage();
        }
    }

    private static dev.sluice.codec.tokens.ImageDetail detail(ImageDetail detail) {
        return switch (detail) {
            case AUTO -> dev.sluice.codec.tokens.ImageDetail.AUTO;
            case LOW -> dev.sluice.codec.tokens.ImageDetail.LOW;
            case HIGH -> dev.sluice.codec.tokens.ImageDetail.HIGH;
        };
    }
}
