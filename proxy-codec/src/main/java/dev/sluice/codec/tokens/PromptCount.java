package dev.sluice.codec.tokens;

import org.jspecify.annotations.Nullable;

/**
 * How many tokens a prompt will be billed as, told by whoever walks it: its texts piece by piece, and around them what
 * the chat format adds. The numbers of the format are OpenAI's, which alone are known.
 *
 * <p>Exact for a prompt of text alone, up to {@value #EXACT_LIMIT_BYTES} bytes of it, to a model whose vocabulary is
 * known. Longer texts are sampled from there on (see {@link TextSample}), so that no prompt takes more than a
 * millisecond of an event loop; images, tools and what cannot be seen make it an estimate as well.
 *
 * <p>The order of the calls is that of the prompt; only {@link #onText} and {@link #endText} depend on it. Thread: event
 * loop. May be used for one prompt after another: {@link #begin}.
 */
public final class PromptCount {
    /** Text that is counted exactly. */
    public static final int EXACT_LIMIT_BYTES = 8 * 1024;

    private static final int PER_MESSAGE = 3;
    private static final int PER_NAME = 1;
    private static final int PER_REPLY = 3;
    /**
     * Tools are shown to the model as types of a namespace. Its first and last line are 7 tokens, what else comes with
     * them is 9, of which a system message has 4 anyway.
     */
    private static final int PER_TOOLS = 7 + 9;

    private static final int SHARED_WITH_SYSTEM = 4;
    /** {@code // … type … = (_: { … }) => any;}. */
    private static final int PER_TOOL = 8;
    /** {@code // … …?: …,}. */
    private static final int PER_PARAMETER = 3;

    private Tokenizer tokenizer;
    private final StreamCount text;
    private @Nullable TextSample sample;
    private long textBytes;
    private long frame;
    private boolean anyMessage;
    private boolean anySystemMessage;
    private boolean anyTool;
    private long imageTokens;
    private boolean estimated;

    public PromptCount(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.text = new StreamCount(tokenizer.encoding());
    }

    /** Forgets the prompt: another one begins, for a model with this tokenizer. */
    public void begin(Tokenizer another) {
        tokenizer = another;
        text.begin(another.encoding());
        sample = null;
        textBytes = 0;
        frame = 0;
        anyMessage = false;
        anySystemMessage = false;
        anyTool = false;
        imageTokens = 0;
        estimated = false;
    }

    /** A message of a chat. Its role, content and name are texts of their own. */
    public void onMessage() {
        anyMessage = true;
        frame += PER_MESSAGE;
    }

    /** A message of the system or the developer, instead of {@link #onMessage}. */
    public void onSystemMessage() {
        anySystemMessage = true;
        onMessage();
    }

    /** The author of a message has a name, which is a text of its own. */
    public void onName() {
        frame += PER_NAME;
    }

    /** A piece of one text: UTF-8, cut anywhere (see {@link StreamCount#append}). */
    public void onText(byte[] utf8, int from, int to) {
        int exact = (int) Math.min(to - from, Math.max(0, EXACT_LIMIT_BYTES - textBytes));
        text.append(utf8, from, from + exact);
        textBytes += to - from;
        if (from + exact < to) {
            TextSample rest = sample;
            if (rest == null) {
                rest = new TextSample();
                sample = rest;
            }
            rest.add(utf8, from + exact, to);
        }
    }

    /** The text is over; what comes next does not continue it. */
    public void endText() {
        text.boundary();
    }

    /**
     * A tool that the model may call. The words of its definition are texts: name, description, and those of its
     * parameters, without the syntax of JSON, which the model does not see.
     */
    public void onTool() {
        anyTool = true;
        frame += PER_TOOL;
    }

    /** A parameter of a tool; its name, type, description and the values it allows are texts. */
    public void onToolParameter() {
        frame += PER_PARAMETER;
    }

    /** An image; 0 for a width or height that is not known. */
    public void onImage(ImageDetail detail, int width, int height) {
        boolean known = width > 0 && height > 0;
        imageTokens += tokenizer
                .images()
                .tokens(detail, known ? width : ImageRule.UNKNOWN_SIDE, known ? height : ImageRule.UNKNOWN_SIDE);
        estimated = true;
    }

    /** Something whose content is not in the prompt, or in no form that can be counted. */
    public void onUnknownPart() {
        estimated = true;
    }

    /** The tokens of all so far, and of the beginning of a reply if there are messages. */
    public long tokens() {
        long counted = text.total() + sampled() + frame;
        if (anyMessage) {
            counted += PER_REPLY;
        }
        if (anyTool) {
            counted += anySystemMessage ? PER_TOOLS - SHARED_WITH_SYSTEM : PER_TOOLS;
        }
        return tokenizer.scale(counted) + imageTokens;
    }

    /** Whether {@link #tokens} is the number and not an estimate. */
    public boolean isExact() {
        return tokenizer.exact() && !estimated && !anyTool && sample == null && !text.isApproximate();
    }

    private long sampled() {
        TextSample rest = sample;
        if (rest == null) {
            return 0;
        }
        TokenCounter counter = tokenizer.encoding().counterIfLoaded();
        return counter == null ? rest.roughTokens() : rest.tokens(counter);
    }
}
