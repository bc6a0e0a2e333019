package dev.sluice.codec.openai;

import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import org.jspecify.annotations.Nullable;

/** What signs a piece of reasoning or a text, gathered while it arrives. Used again. Thread: event loop. */
final class OpenAiAnswerDetail {
    /** Longer signatures are none that a client could send back. */
    private static final int MAX_SIGNATURE_BYTES = 4 << 20;

    private static final SignatureOrigin[] ORIGINS = SignatureOrigin.values();

    private final OpenAiAnswerBytes signature = new OpenAiAnswerBytes();
    private final OpenAiAnswerBytes id = new OpenAiAnswerBytes();
    private @Nullable SignatureOrigin origin;
    private boolean encrypted;
    private boolean tooLong;

    void onText(int place, byte[] source, int from, int to) {
        if (place != OpenAiShapes.THOUGHT_ID) {
            encrypted = place == OpenAiShapes.THOUGHT_DATA;
        }
        OpenAiAnswerBytes into = place == OpenAiShapes.THOUGHT_ID ? id : signature;
        tooLong |= into.length() + (to - from) > MAX_SIGNATURE_BYTES;
        if (!tooLong) {
            into.append(source, from, to);
        }
    }

    /** The format says who signed. */
    void onFormat(JsonReader value) {
        if (value.kind() == Kind.STRING) {
            for (SignatureOrigin one : ORIGINS) {
                if (value.textEquals(one.format())) {
                    origin = one;
                }
            }
        }
    }

    /** Null when nobody did who is known. */
    @Nullable
    SignatureOrigin origin() {
        return origin;
    }

    /** Whether the signature is the reasoning itself, for nobody to read. */
    boolean isEncrypted() {
        return encrypted;
    }

    boolean isSigned() {
        return signature.length() > 0 && !tooLong;
    }

    /** Whether it may be the signature of a call, which its id would name. */
    boolean mayBeOfCall() {
        return origin == SignatureOrigin.GEMINI && encrypted && id.length() > 0;
    }

    OpenAiAnswerBytes signature() {
        return signature;
    }

    OpenAiAnswerBytes id() {
        return id;
    }

    /** The answer is over. */
    void reset() {
        clear();
        id.reset();
        signature.reset();
    }

    void clear() {
        origin = null;
        encrypted = false;
        tooLong = false;
        id.cutTo(0);
        signature.cutTo(0);
    }
}
