package dev.sluice.codec.dialect;

/**
 * Hears what a prompt consists of, in nobody's dialect, so that its tokens can be estimated. Borrows the bytes until it
 * returns. Thread: that of {@link InboundDialect#readPrompt}.
 */
public interface PromptParts {

    /** How closely the model is to look at an image. */
    enum ImageDetail {
        AUTO,
        LOW,
        HIGH
    }

    /** Ignores everything. */
    PromptParts IGNORED = new PromptParts() {
        @Override
        public void onMessage() {}

        @Override
        public void onName() {}

        @Override
        public void onSystemMessage() {}

        @Override
        public void onText(byte[] utf8, int from, int to) {}

        @Override
        public void onTextEnd() {}

        @Override
        public void onTokens(long count) {}

        @Override
        public void onTools() {}

        @Override
        public void onTool() {}

        @Override
        public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {}

        @Override
        public void onUnknownPart() {}
    };

    /** Another message begins; its role follows as text. */
    void onMessage();

    /** The message has a name of its own, which follows as text. */
    void onName();

    /** The message that began last is a system or developer message. */
    void onSystemMessage();

    /** The next piece of the current text, cut anywhere. */
    void onText(byte[] utf8, int from, int to);

    /** The current text is complete. */
    void onTextEnd();

    /** So many tokens that are not told as text: a prompt may come as the numbers of its tokens. */
    void onTokens(long count);

    /** Tool definitions follow: their names, descriptions and parameters as texts. Told once. */
    void onTools();

    /** Another tool definition begins. */
    void onTool();

    /**
     * An image inside the request.
     *
     * @param dataUrl the first bytes of its {@code data:} URL, as many as were kept
     */
    void onImage(ImageDetail detail, byte[] dataUrl, int from, int to);

    /** Something whose tokens cannot be told from the request: a remote image, a file, audio. */
    void onUnknownPart();
}
