package dev.sluice.codec.chat;

import org.jspecify.annotations.Nullable;

/**
 * Keeps texts from being cut within a character: the beginning of one waits for the rest, be it in the next piece or in
 * the next payload. What turns out to be no character at all is told as it came. Stands between {@link HeldEvents} and
 * its listener. Thread: event loop.
 */
final class WholeCharacters implements ChatEvents {
    private static final int LONGEST = 4;

    private ChatEvents target;
    private final byte[] held = new byte[LONGEST];
    private int heldLength;
    /** How long the character that has begun is going to be. */
    private int wanted;

    // The text that was cut; of arguments the call, and no channel.
    private int choice;
    private int call;
    private @Nullable Channel channel;

    WholeCharacters(ChatEvents target) {
        this.target = target;
    }

    /** Another answer begins, told to {@code listener}; what has been cut in the one before is forgotten. */
    void begin(ChatEvents listener) {
        target = listener;
        heldLength = 0;
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        target.onStart(id, model);
    }

    @Override
    public boolean hearsStart() {
        return target.hearsStart();
    }

    @Override
    public void onText(int ofChoice, Channel ofChannel, byte[] utf8, int from, int to) {
        onPiece(ofChoice, NO_CALL, ofChannel, utf8, from, to);
    }

    @Override
    public void onArguments(int ofChoice, int ofCall, byte[] utf8, int from, int to) {
        onPiece(ofChoice, ofCall, null, utf8, from, to);
    }

    @Override
    public void onBoundary(int ofChoice, Channel ofChannel) {
        release();
        target.onBoundary(ofChoice, ofChannel);
    }

    @Override
    public void onToolCall(int ofChoice, int ofCall, @Nullable String id, String name) {
        release();
        target.onToolCall(ofChoice, ofCall, id, name);
    }

    @Override
    public void onSignature(
            int ofChoice, int ofCall, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        release();
        target.onSignature(ofChoice, ofCall, origin, redacted, utf8, from, to);
    }

    @Override
    public void onCitation(int ofChoice, String url, @Nullable String title) {
        release();
        target.onCitation(ofChoice, url, title);
    }

    @Override
    public void onFinish(int ofChoice, FinishReason reason, @Nullable String stopSequence) {
        release();
        target.onFinish(ofChoice, reason, stopSequence);
    }

    private void onPiece(int ofChoice, int ofCall, @Nullable Channel ofChannel, byte[] utf8, int from, int to) {
        int start = from;
        if (heldLength > 0) {
            if (ofChoice == choice && ofCall == call && ofChannel == channel) {
                start = complete(utf8, from, to);
            } else {
                release();
            }
        }
        int end = wholeEnd(utf8, start, to);
        if (end > start || from == to) {
            tell(ofChoice, ofCall, ofChannel, utf8, start, end);
        }
        if (end < to) {
            choice = ofChoice;
            call = ofCall;
            channel = ofChannel;
            heldLength = to - end;
            wanted = length(utf8[end]);
            System.arraycopy(utf8, end, held, 0, heldLength);
        }
    }

    /** Adds to the character that has begun; gives the index behind what it has taken. */
    private int complete(byte[] utf8, int from, int to) {
        int i = from;
        while (i < to && heldLength < wanted && (utf8[i] & 0xC0) == 0x80) {
            held[heldLength++] = utf8[i++];
        }
        if (heldLength == wanted || i < to) {
            release();
        }
        return i;
    }

    private void release() {
        if (heldLength > 0) {
            int length = heldLength;
            heldLength = 0;
            tell(choice, call, channel, held, 0, length);
        }
    }

    private void tell(int ofChoice, int ofCall, @Nullable Channel ofChannel, byte[] utf8, int from, int to) {
        if (ofChannel == null) {
            target.onArguments(ofChoice, ofCall, utf8, from, to);
        } else {
            target.onText(ofChoice, ofChannel, utf8, from, to);
        }
    }

    /** The end of the last character that is complete. */
    private static int wholeEnd(byte[] utf8, int from, int to) {
        for (int i = to - 1; i >= Math.max(from, to - LONGEST + 1); i--) {
            if ((utf8[i] & 0xC0) != 0x80) {
                return i + length(utf8[i]) > to ? i : to;
            }
        }
        return to;
    }

    /** How long the character is that begins with {@code first}; 1 for a byte that begins none. */
    private static int length(byte first) {
        int lead = first & 0xFF;
        if (lead < 0xC2 || lead > 0xF4) {
            return 1;
        }
        return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    }
}
