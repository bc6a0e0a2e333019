package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what an assistant is said to have thought. OpenAI's dialect has no place for it, its hosts and clients have
 * several: {@code reasoning_content} and {@code reasoning} are plain text, {@code reasoning_details} are OpenRouter's
 * pieces with signatures, {@code thinking_blocks} are Anthropic's blocks as LiteLLM passes them on.
 *
 * <p>A stream of ours tells the text and, apart from it, the signature: so a signed piece without text belongs to the
 * plain text beside it. Thread: any.
 */
final class OpenAiReasoning {
    private static final String SIGNATURE = "signature";

    private OpenAiReasoning() {}

    /** The reasoning of an assistant's message. */
    static List<Part> read(RequestObject message) throws MalformedRequestException {
        List<Part.Reasoning> pieces = new ArrayList<>();
        for (RequestObject block : message.objects("thinking_blocks")) {
            add(block(block), pieces);
        }
        if (pieces.isEmpty()) {
            for (RequestObject detail : message.objects("reasoning_details")) {
                add(detail(detail), pieces);
            }
        }
        JsonSlice text = message.filledString("reasoning_content");
        return List.copyOf(joined(text == null ? message.filledString("reasoning") : text, pieces));
    }

    /** A part of a content that is thought: a string, or parts with texts of their own. */
    static void readPart(RequestObject part, List<Part> parts) throws MalformedRequestException {
        JsonSlice thinking = part.get("thinking");
        if (thinking != null && thinking.isArray()) {
            for (RequestObject piece : part.objects("thinking")) {
                JsonSlice text = piece.filledString("text");
                if (text != null) {
                    parts.add(new Part.Reasoning(text, null, false, null));
                }
            }
            return;
        }
        List<Part.Reasoning> pieces = new ArrayList<>();
        add(block(part), pieces);
        parts.addAll(pieces);
    }

    private static List<Part.Reasoning> joined(@Nullable JsonSlice text, List<Part.Reasoning> pieces) {
        int waiting = 0;
        for (Part.Reasoning piece : pieces) {
            if (piece.text() != null) {
                return pieces;
            }
            waiting += isWithoutText(piece) ? 1 : 0;
        }
        if (text == null) {
            return pieces;
        }
        List<Part.Reasoning> joined = new ArrayList<>();
        if (waiting != 1) {
            // Nobody knows which stretch of the text which of them has signed; a wrong one would be refused.
            joined.add(new Part.Reasoning(text, null, false, null));
        }
        for (Part.Reasoning piece : pieces) {
            if (!isWithoutText(piece)) {
                joined.add(piece);
            } else if (waiting == 1) {
                joined.add(new Part.Reasoning(text, piece.signature(), false, piece.origin()));
            }
        }
        return joined;
    }

    private static boolean isWithoutText(Part.Reasoning piece) {
        return piece.text() == null && !piece.redacted();
    }

    private static void add(Part.@Nullable Reasoning piece, List<Part.Reasoning> pieces) {
        if (piece != null && (piece.text() != null || piece.signature() != null)) {
            pieces.add(piece);
        }
    }

    private static Part.Reasoning block(RequestObject block) throws MalformedRequestException {
        SignatureOrigin origin = origin(block, SignatureOrigin.ANTHROPIC);
        JsonSlice data = block.filledString("data");
        if (data != null) {
            return new Part.Reasoning(null, data, true, origin);
        }
        return signed(block.filledString("thinking"), block, origin);
    }

    private static Part.@Nullable Reasoning detail(RequestObject detail) throws MalformedRequestException {
        SignatureOrigin origin = origin(detail, null);
        return switch (detail.word("type")) {
            case "reasoning.text" -> signed(detail.filledString("text"), detail, origin);
            case "reasoning.summary" -> new Part.Reasoning(detail.filledString("summary"), null, false, null);
            case "reasoning.encrypted" -> new Part.Reasoning(null, detail.filledString("data"), true, origin);
            default -> null;
        };
    }

    private static Part.Reasoning signed(
            @Nullable JsonSlice text, RequestObject owner, @Nullable SignatureOrigin origin)
            throws MalformedRequestException {
        JsonSlice signature = owner.filledString(SIGNATURE);
        return new Part.Reasoning(text, signature, false, signature == null ? null : origin);
    }

    private static @Nullable SignatureOrigin origin(RequestObject owner, @Nullable SignatureOrigin unsaid)
            throws MalformedRequestException {
        JsonSlice format = owner.string("format");
        return format == null ? unsaid : SignatureOrigin.ofFormat(format.text());
    }
}
