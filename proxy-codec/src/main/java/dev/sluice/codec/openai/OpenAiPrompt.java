package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.PromptParts.ImageDetail;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.util.Recycler;
import java.util.Arrays;

/**
 * One walk over a request that tells what the model gets to read of it. What it does not know it steps over, or calls it
 * unknown where it stands for a part of a message: a request that was accepted is never refused here.
 *
 * <p>Not told, since models do not read it: names and ids of calls that a tool's answer refers to, and reasoning that a
 * caller sends back, which most hosts drop.
 *
 * <p>Tools are told as the recipe that circulates has it: each description as a comment, the parameters by {@link
 * SchemaText}. The first and last line of all tools and of each are left to whoever counts. The schema of an answer's
 * format is told the same way, though no recipe is known for it.
 *
 * <p>Is used for one walk after another. Thread: any, one at a time.
 */
final class OpenAiPrompt implements JsonReader.Listener {
    /** Enough of an image for its header, but for the metadata of some cameras. */
    static final int KEPT_URL_BYTES = 64 << 10;

    private static final int LONGEST_ROLE = 16;
    private static final int PER_CHOSEN_TOOL = 7;
    private static final byte[] DATA_URL = ascii("data:");
    private static final byte[] SYSTEM = ascii("system");
    private static final byte[] DEVELOPER = ascii("developer");
    private static final byte[] SPACE = ascii(" ");
    private static final byte[] COMMENT = ascii("// ");
    private static final byte[] NEW_LINE = ascii("\n");

    private static final int FIRST_URL_BYTES = 256;
    private static final int KEEP_URL_BYTES = 4 << 10;
    private static final byte[] NO_URL = {};

    private static final Recycler<OpenAiPrompt> SPARE = new Recycler<>(16, 0, 4) {
        @Override
        protected OpenAiPrompt newObject(Handle<OpenAiPrompt> handle) {
            return new OpenAiPrompt(handle);
        }
    };

    private final Recycler.Handle<OpenAiPrompt> handle;
    private final JsonReader reader = new JsonReader(OpenAiPromptShapes.of(Endpoint.CHAT_COMPLETIONS), this);
    private PromptParts parts = PromptParts.IGNORED;
    private final SchemaText schema = new SchemaText(PromptParts.IGNORED);

    private boolean inText;
    private final byte[] role = new byte[LONGEST_ROLE];
    private int roleLength;
    /** Something is known of the current part. */
    private boolean partKnown;

    private byte[] url = NO_URL;
    private int urlLength;
    private ImageDetail detail = ImageDetail.AUTO;
    private long tokens;
    private boolean toolsTold;

    private OpenAiPrompt(Recycler.Handle<OpenAiPrompt> handle) {
        this.handle = handle;
    }

    /** Reads the readable bytes of {@code body} by absolute index; borrows it. */
    static void read(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        OpenAiPrompt prompt = SPARE.get();
        prompt.begin(endpoint, parts);
        prompt.read(body);
        prompt.begin(endpoint, PromptParts.IGNORED);
        prompt.handle.recycle(prompt);
    }

    /** Whatever the walk before has left. */
    private void begin(Endpoint endpoint, PromptParts listener) {
        parts = listener;
        schema.begin(listener);
        reader.rest();
        reader.begin(OpenAiPromptShapes.of(endpoint));
        inText = false;
        roleLength = 0;
        partKnown = false;
        urlLength = 0;
        if (url.length > KEEP_URL_BYTES) {
            url = NO_URL;
        }
        detail = ImageDetail.AUTO;
        tokens = 0;
        toolsTold = false;
    }

    private void read(ByteBuf body) {
        reader.feed(body, body.readerIndex(), body.readableBytes());
        if (tokens > 0) {
            parts.onTokens(tokens);
        }
        if (!reader.end()) {
            // Nested more deeply than this reader cares to follow.
            parts.onUnknownPart();
        }
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        switch (id) {
            case OpenAiPromptShapes.SCHEMA -> schema.onText(bytes, from, to);
            case OpenAiPromptShapes.IMAGE, OpenAiPromptShapes.IMAGE_URL -> keepUrl(bytes, from, to);
            default -> {
                if (!inText) {
                    beginText(id);
                }
                if (id == OpenAiPromptShapes.ROLE) {
                    keepRole(bytes, from, to);
                }
                parts.onText(bytes, from, to);
            }
        }
    }

    @Override
    public void onOpen(int id, Kind container) {
        if (id == OpenAiPromptShapes.SCHEMA) {
            schema.onOpen(container);
        } else if (container == Kind.OBJECT) {
            if (id == OpenAiPromptShapes.MESSAGE) {
                parts.onMessage();
            } else {
                beginTool();
            }
        }
    }

    @Override
    public void onName(int id, byte[] bytes, int from, int to) {
        schema.onName(bytes, from, to);
    }

    @Override
    public void onValue(int id, JsonReader value) {
        Kind kind = value.kind();
        switch (id) {
            case OpenAiPromptShapes.SCHEMA -> schema.onValue(value);
            case OpenAiPromptShapes.ROLE -> endRole();
            case OpenAiPromptShapes.DESCRIPTION -> endDescription();
            case OpenAiPromptShapes.PART -> endPart(kind);
            case OpenAiPromptShapes.PART_TEXT -> {
                partKnown |= kind == Kind.STRING;
                endText();
            }
            case OpenAiPromptShapes.IMAGE -> endImage(kind);
            case OpenAiPromptShapes.IMAGE_DETAIL -> detail = detail(value);
            case OpenAiPromptShapes.TOKEN -> tokens += kind == Kind.NUMBER ? 1 : 0;
            case OpenAiPromptShapes.UNKNOWN -> {
                partKnown |= kind == Kind.OBJECT;
                tellUnknown(kind);
            }
            case OpenAiPromptShapes.PAST, OpenAiPromptShapes.FORMAT -> tellUnknown(kind);
            case OpenAiPromptShapes.TOOL_CHOICE -> {
                if (kind == Kind.STRING && value.textEquals("none")) {
                    parts.onTokens(1);
                }
            }
            default -> endText();
        }
    }

    private void beginText(int id) {
        inText = true;
        switch (id) {
            case OpenAiPromptShapes.NAME -> parts.onName();
            case OpenAiPromptShapes.CHOSEN_TOOL -> parts.onTokens(PER_CHOSEN_TOOL);
            case OpenAiPromptShapes.TOOL_NAME -> tell(SPACE);
            case OpenAiPromptShapes.DESCRIPTION -> tell(COMMENT);
            default -> {}
        }
    }

    private void endText() {
        if (inText) {
            inText = false;
            parts.onTextEnd();
        }
    }

    private void endDescription() {
        if (inText) {
            tell(NEW_LINE);
        }
        endText();
    }

    private void keepRole(byte[] bytes, int from, int to) {
        int count = Math.min(to - from, LONGEST_ROLE - roleLength);
        System.arraycopy(bytes, from, role, roleLength, count);
        roleLength += count;
    }

    private void endRole() {
        endText();
        if (Arrays.equals(role, 0, roleLength, SYSTEM, 0, SYSTEM.length)
                || Arrays.equals(role, 0, roleLength, DEVELOPER, 0, DEVELOPER.length)) {
            parts.onSystemMessage();
        }
        roleLength = 0;
    }

    private void endPart(Kind kind) {
        endText();
        switch (kind) {
            case NUMBER -> tokens++;
            case OBJECT -> {
                if (!partKnown) {
                    parts.onUnknownPart();
                }
                partKnown = false;
            }
            case NULL, FALSE, TRUE, STRING, ARRAY -> {}
        }
    }

    private void keepUrl(byte[] bytes, int from, int to) {
        int count = Math.min(to - from, KEPT_URL_BYTES - urlLength);
        if (urlLength + count > url.length) {
            int room = Math.max(Math.max(FIRST_URL_BYTES, 2 * url.length), urlLength + count);
            url = Arrays.copyOf(url, Math.min(KEPT_URL_BYTES, room));
        }
        System.arraycopy(bytes, from, url, urlLength, count);
        urlLength += count;
    }

    private void endImage(Kind kind) {
        if (kind == Kind.STRING || kind == Kind.OBJECT) {
            partKnown = true;
            if (isDataUrl()) {
                parts.onImage(detail, url, 0, urlLength);
            } else {
                parts.onUnknownPart();
            }
        }
        urlLength = 0;
        detail = ImageDetail.AUTO;
    }

    private boolean isDataUrl() {
        if (urlLength < DATA_URL.length) {
            return false;
        }
        for (int i = 0; i < DATA_URL.length; i++) {
            // Schemes are written in letters of either case; the bit makes them small, and leaves the colon alone.
            if ((url[i] | 0x20) != DATA_URL[i]) {
                return false;
            }
        }
        return true;
    }

    private void tellUnknown(Kind kind) {
        if (kind == Kind.OBJECT) {
            parts.onUnknownPart();
        }
    }

    private void beginTool() {
        if (!toolsTold) {
            toolsTold = true;
            parts.onTools();
        }
        parts.onTool();
    }

    private void tell(byte[] words) {
        parts.onText(words, 0, words.length);
    }

    private static ImageDetail detail(JsonReader value) {
        if (value.kind() == Kind.STRING && value.textEquals("low")) {
            return ImageDetail.LOW;
        }
        return value.kind() == Kind.STRING && value.textEquals("high") ? ImageDetail.HIGH : ImageDetail.AUTO;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
