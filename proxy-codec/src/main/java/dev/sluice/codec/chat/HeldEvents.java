package dev.sluice.codec.chat;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what one payload says until the payload turns out to be complete and legal, and tells it then, in order. Whose
 * choice it is may be said behind it: {@link #mark} and {@link #setChoice} put that right. Texts are told in whole
 * characters, however they came.
 *
 * <p>Kept are {@value #MAX_KEPT_BYTES} bytes; a payload with more is told from there on as it comes. The buffers are
 * reused from payload to payload, and from answer to answer: {@link #begin}. Thread: event loop.
 */
public final class HeldEvents implements ChatEvents {
    static final int MAX_KEPT_BYTES = 64 << 10;

    private static final int START = 0;
    private static final int TEXT = 1;
    private static final int BOUNDARY = 2;
    private static final int TOOL_CALL = 3;
    private static final int ARGUMENTS = 4;
    private static final int SIGNATURE = 5;
    private static final int REDACTED = 6;
    private static final int CITATION = 7;
    private static final int FINISH = 8;

    // An event, one behind the other in an array.
    private static final int KIND = 0;
    private static final int CHOICE = 1;
    private static final int CALL = 2;
    /** The end of its bytes, which begin where those of the event before it end. */
    private static final int END = 3;

    private static final int FIELDS = 4;

    private static final int FIRST_BYTES = 256;
    private static final int FIRST_EVENTS = 8;
    /** Larger arrays are given up when the answer is over. */
    private static final int KEEP_BYTES = 16 << 10;

    private static final int KEEP_EVENTS = 256;

    private static final byte[] NO_BYTES = {};
    private static final int[] NO_EVENTS = {};
    private static final Object[] NO_WORDS = {};

    private final WholeCharacters target;
    private byte[] bytes = NO_BYTES;
    private int length;
    private int[] events = NO_EVENTS;
    /** What else an event has: a channel, an origin, a reason, a name; two words each. */
    private @Nullable Object[] words = NO_WORDS;

    private int count;
    /** Events of the payload that have been told already, for they were too many. */
    private int toldEarly;
    /** How many events there were at the last mark: what comes behind it is an event of its own. */
    private int marked;

    /** @param target is told what is kept; borrows it */
    public HeldEvents(ChatEvents target) {
        this.target = new WholeCharacters(target);
    }

    /** Another answer begins, which {@code listener} is told of: borrows it. What the one before has left is forgotten. */
    public void begin(ChatEvents listener) {
        clear();
        target.begin(listener);
        if (bytes.length > KEEP_BYTES) {
            bytes = NO_BYTES;
        }
        if (events.length > KEEP_EVENTS * FIELDS) {
            events = NO_EVENTS;
            words = NO_WORDS;
        }
    }

    /** The place behind what the payload has said so far. */
    public int mark() {
        marked = count;
        return toldEarly + count;
    }

    /** All that was said behind {@code mark}, and is still kept, is about {@code choice}. */
    public void setChoice(int mark, int choice) {
        setChoice(mark, choice, 0);
    }

    /** The same, where the calls of the choice count from so much further on. */
    public void setChoice(int mark, int choice, int callsBefore) {
        for (int i = Math.max(0, mark - toldEarly); i < count; i++) {
            int at = i * FIELDS;
            events[at + CHOICE] = choice;
            events[at + CALL] += events[at + CALL] == NO_CALL ? 0 : callsBefore;
        }
    }

    /** Whether something of the payload has been told already, for it was too much to be kept. */
    public boolean hasToldEarly() {
        return toldEarly > 0;
    }

    /** Forgets what was said behind {@code mark}, and is still kept. */
    public void dropTo(int mark) {
        int kept = Math.max(0, mark - toldEarly);
        if (kept < count) {
            length = kept == 0 ? 0 : events[(kept - 1) * FIELDS + END];
            Arrays.fill(words, 2 * kept, 2 * count, null);
            count = kept;
        }
    }

    /** Tells what is kept: the payload is legal. */
    public void tell() {
        tellKept();
        toldEarly = 0;
    }

    /** Tells what is kept so far of a payload that goes on: too much of it has come, or it need not be kept. */
    public void tellSoFar() {
        int told = count;
        tellKept();
        toldEarly += told;
    }

    /** Whether something that was said behind {@code mark} has been told already, and is what it is for good. */
    public boolean isTold(int mark) {
        return toldEarly > mark;
    }

    /** Forgets what is kept: the payload is not to be told. */
    public void clear() {
        forget();
        toldEarly = 0;
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        add(START, 0, NO_CALL, id, model);
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        if (!makeRoom(to - from)) {
            toldEarly++;
            target.onText(choice, channel, utf8, from, to);
            return;
        }
        if (!continues(TEXT, choice, NO_CALL, channel)) {
            add(TEXT, choice, NO_CALL, channel, null);
        }
        append(utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        add(BOUNDARY, choice, NO_CALL, channel, null);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        add(TOOL_CALL, choice, call, id, name);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        if (!makeRoom(to - from)) {
            toldEarly++;
            target.onArguments(choice, call, utf8, from, to);
            return;
        }
        if (!continues(ARGUMENTS, choice, call, null)) {
            add(ARGUMENTS, choice, call, null, null);
        }
        append(utf8, from, to);
    }

    /** Kept however long it is: it is never cut. */
    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        makeRoom(to - from);
        add(redacted ? REDACTED : SIGNATURE, choice, call, origin, null);
        append(utf8, from, to);
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        add(CITATION, choice, NO_CALL, url, title);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        add(FINISH, choice, NO_CALL, reason, stopSequence);
    }

    private void tellKept() {
        int from = 0;
        for (int i = 0; i < count; i++) {
            int at = i * FIELDS;
            tell(events[at + KIND], events[at + CHOICE], events[at + CALL], from, events[at + END], i);
            from = events[at + END];
        }
        forget();
    }

    private void tell(int kind, int choice, int call, int from, int to, int event) {
        Object first = words[2 * event];
        String second = (String) words[2 * event + 1];
        switch (kind) {
            case START -> target.onStart((String) first, second);
            case TEXT -> target.onText(choice, (Channel) known(first), bytes, from, to);
            case BOUNDARY -> target.onBoundary(choice, (Channel) known(first));
            case TOOL_CALL -> target.onToolCall(choice, call, (String) first, (String) known(second));
            case ARGUMENTS -> target.onArguments(choice, call, bytes, from, to);
            case SIGNATURE, REDACTED ->
                target.onSignature(choice, call, (SignatureOrigin) known(first), kind == REDACTED, bytes, from, to);
            case CITATION -> target.onCitation(choice, (String) known(first), second);
            case FINISH -> target.onFinish(choice, (FinishReason) known(first), second);
            default -> throw new AssertionError(kind);
        }
    }

    private static Object known(@Nullable Object word) {
        if (word == null) {
            throw new AssertionError("an event without what it must have");
        }
        return word;
    }

    private void forget() {
        Arrays.fill(words, 0, 2 * count, null);
        count = 0;
        length = 0;
        marked = 0;
    }

    /** Whether so many bytes may be kept; what was kept before them is told if need be. */
    private boolean makeRoom(int added) {
        if (added > MAX_KEPT_BYTES - length) {
            tellSoFar();
        }
        return added <= MAX_KEPT_BYTES;
    }

    private boolean continues(int kind, int choice, int call, @Nullable Object word) {
        int last = (count - 1) * FIELDS;
        return count > marked
                && events[last + KIND] == kind
                && events[last + CHOICE] == choice
                && events[last + CALL] == call
                && Objects.equals(words[2 * (count - 1)], word);
    }

    private void add(int kind, int choice, int call, @Nullable Object first, @Nullable String second) {
        int at = count * FIELDS;
        if (at == events.length) {
            int room = Math.max(FIRST_EVENTS, 2 * count);
            events = Arrays.copyOf(events, room * FIELDS);
            words = Arrays.copyOf(words, room * 2);
        }
        events[at + KIND] = kind;
        events[at + CHOICE] = choice;
        events[at + CALL] = call;
        events[at + END] = length;
        words[2 * count] = first;
        words[2 * count + 1] = second;
        count++;
    }

    /** The next bytes of the event added last. */
    private void append(byte[] utf8, int from, int to) {
        int added = to - from;
        if (length + added > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.max(FIRST_BYTES, bytes.length * 2), length + added));
        }
        System.arraycopy(utf8, from, bytes, length, added);
        length += added;
        events[(count - 1) * FIELDS + END] = length;
    }
}
