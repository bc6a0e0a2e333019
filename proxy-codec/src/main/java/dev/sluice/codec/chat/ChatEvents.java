package dev.sluice.codec.chat;

import org.jspecify.annotations.Nullable;

/**
 * Hears what an answer says, in nobody's dialect, while it arrives: for counting it, and for saying it in another
 * dialect. A whole answer is told in the same words as a stream.
 *
 * <p>For each choice: texts, calls and signatures in the order of the answer, then one {@link #onFinish}. A payload is
 * told when it is complete and legal, so that what is told is what may have been delivered; of a payload too large for
 * that, as it comes. Usage, the model and errors are asked of the {@code AnswerReader}.
 *
 * <p>Arrays are borrowed until the call returns. Choices count from 0, calls of a choice count from 0 without gaps in
 * the order in which they begin, however the provider numbers them. Thread: event loop.
 */
public interface ChatEvents {

    /** The place of a signature that belongs to no call: to the reasoning, or the text, told last. */
    int NO_CALL = -1;

    /** Ignores everything. */
    ChatEvents IGNORED = new ChatEvents() {
        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {}

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {}

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {}

        @Override
        public boolean hearsStart() {
            return false;
        }
    };

    /** Whether {@link #onStart} is heard: nobody need read an id that nobody wants. */
    default boolean hearsStart() {
        return true;
    }

    /** What the answer says of itself: told at most once, before all else. */
    default void onStart(@Nullable String id, @Nullable String model) {}

    /**
     * The next piece of a text.
     *
     * @param channel not {@link Channel#TOOL_CALL}
     * @param utf8 cut anywhere but within a character, unless the provider did so; half a surrogate pair comes whole, as
     *     the three bytes that UTF-8 has no use for
     */
    void onText(int choice, Channel channel, byte[] utf8, int from, int to);

    /**
     * What follows on this channel does not continue what came before: another block of text, another part of a
     * summary of reasoning. Not told between tool calls.
     */
    default void onBoundary(int choice, Channel channel) {}

    /**
     * A call begins; its arguments follow. Calls of one choice may go on in turns.
     *
     * @param id null when the provider gave none
     * @param name never empty
     */
    void onToolCall(int choice, int call, @Nullable String id, String name);

    /** The next piece of a call's arguments: JSON text. A call without arguments may have none, or {@code {}}. */
    void onArguments(int choice, int call, byte[] utf8, int from, int to);

    /**
     * A signature, whole: of the call, or with {@link #NO_CALL} of the reasoning told last on this choice.
     *
     * @param redacted whether it is all there is of a piece of reasoning that is not shown
     */
    default void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {}

    /** A source on the web that the text told last rests on. */
    default void onCitation(int choice, String url, @Nullable String title) {}

    /**
     * The choice has ended.
     *
     * @param stopSequence which one came up, where the provider says so
     */
    default void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {}
}
