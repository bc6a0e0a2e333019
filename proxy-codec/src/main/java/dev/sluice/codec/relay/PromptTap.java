package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.tokens.ImageHeader;
import dev.sluice.codec.tokens.ImageSize;
import dev.sluice.codec.tokens.PromptCount;
import dev.sluice.codec.tokens.Tokenizer;

/**
 * Counts the tokens of a prompt from what a dialect tells of it. One a prompt and tokenizer. Thread: that of
 * {@link dev.sluice.codec.dialect.InboundDialect#readPrompt}.
 */
public final class PromptTap implements PromptParts {
    private final PromptCount count;
    /** A message has begun of which it is not known yet whether it is the system's. */
    private boolean messagePending;
    /** Tokens that came as such: the model's own, to which no factor applies. */
    private long ownTokens;

    public PromptTap(Tokenizer tokenizer) {
        this.count = new PromptCount(tokenizer);
    }

    @Override
    public void onMessage() {
        settleMessage();
        messagePending = true;
    }

    @Override
    public void onName() {
        count.onName();
    }

    @Override
    public void onSystemMessage() {
        if (messagePending) {
            messagePending = false;
            count.onSystemMessage();
        }
    }

    @Override
    public void onText(byte[] utf8, int from, int to) {
        count.onText(utf8, from, to);
    }

    @Override
    public void onTextEnd() {
        count.endText();
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
        count.onTool();
    }

    @Override
    public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {
        ImageSize size = ImageHeader.ofDataUrl(dataUrl, from, to);
        count.onImage(detail(detail), size == null ? 0 : size.width(), size == null ? 0 : size.height());
    }

    @Override
    public void onUnknownPart() {
        count.onUnknownPart();
    }

    /** The tokens of what has been told, as the model would count them. */
    public long tokens() {
        settleMessage();
        return count.tokens() + ownTokens;
    }

    /** Whether {@link #tokens} is the number that the provider will report, and not an estimate. */
    public boolean isExact() {
        return count.isExact();
    }

    private void settleMessage() {
        if (messagePending) {
            messagePending = false;
            count.onMessage();
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
