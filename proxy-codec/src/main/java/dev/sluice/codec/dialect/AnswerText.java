package dev.sluice.codec.dialect;

/**
 * Hears the text that a model generates, unescaped, while an {@link AnswerReader} reads the answer: for counting, never
 * for keeping.
 *
 * <p>Text is told when the payload it stands in is complete, so that what is counted is what may have been delivered;
 * of a payload too large for that, as it comes. Borrows the bytes until it returns. Thread: event loop.
 */
public interface AnswerText {

    /** Ignores everything. */
    AnswerText IGNORED = new AnswerText() {
        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {}

        @Override
        public void onBoundary(int choice, Channel channel) {}
    };

    /** What kind of text. Texts of different channels never continue one another. */
    enum Channel {
        CONTENT,
        REFUSAL,
        /** Reasoning that is shown. */
        REASONING,
        /** Names and arguments of tool calls. */
        TOOL_CALL
    }

    /**
     * The next piece of a text.
     *
     * @param choice from 0
     * @param utf8 cut anywhere; half a surrogate pair comes as the three bytes that UTF-8 has no use for
     */
    void onText(int choice, Channel channel, byte[] utf8, int from, int to);

    /** What follows on this channel does not continue what came before: another tool call, its name, its arguments. */
    void onBoundary(int choice, Channel channel);
}
