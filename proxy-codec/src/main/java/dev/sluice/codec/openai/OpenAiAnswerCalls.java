package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.SignatureOrigin;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tool calls of an answer, put together from the fragments in which they come.
 *
 * <p>A fragment is an element of {@code tool_calls}, or what hosts say instead. Those of the current payload are kept,
 * whatever the order of their members, until the payload is legal; then each finds its call, by {@link #callOf}, and is
 * told. A call begins with its name; arguments that come before are kept. A name is never overwritten.
 *
 * <p>Of a payload larger than {@link OpenAiText#MAX_KEPT_BYTES} the arguments are told as they come. Beyond
 * {@value #MAX_CALLS} calls the oldest are forgotten: no fragment of theirs will find them. Thread: event loop.
 */
final class OpenAiAnswerCalls {
    /** The index of {@code function_call}, of which a choice has only one. */
    static final long LEGACY_INDEX = Long.MAX_VALUE;

    static final int MAX_CALLS = 256;
    private static final int FIRST_CALLS = 4;
    private static final long NO_INDEX = OpenAiAnswerFragment.NO_INDEX;

    private static final byte[] CUSTOM_HEAD = {'{', '"', 'i', 'n', 'p', 'u', 't', '"', ':', '"'};
    private static final byte[] CUSTOM_END = {'"', '}'};

    /** Strings of the fragments at hand. */
    private final OpenAiAnswerBytes bytes = new OpenAiAnswerBytes();

    /** More fragments are given up when the answer is over. */
    private static final int KEEP_FRAGMENTS = 16;

    private OpenAiAnswerFragment[] fragments = {new OpenAiAnswerFragment()};
    /** Complete ones; the one behind them is being read. */
    private int count;
    /** Told early, in this payload. */
    private int toldEarly;
    /** The call whose arguments, too many to keep, are told as they come. */
    private @Nullable OpenAiAnswerCall streaming;

    private OpenAiAnswerCall[] calls = new OpenAiAnswerCall[FIRST_CALLS];
    private int callCount;
    /** How many calls a choice has begun, by choice. */
    private int[] begun = new int[1];

    private long payload = 1;

    /** The answer is over. */
    void reset() {
        clear();
        bytes.reset();
        if (fragments.length > KEEP_FRAGMENTS) {
            fragments = new OpenAiAnswerFragment[] {new OpenAiAnswerFragment()};
        }
        if (callCount > 0) {
            calls = new OpenAiAnswerCall[FIRST_CALLS];
            callCount = 0;
        }
        Arrays.fill(begun, 0);
        payload = 1;
    }

    /** The place behind the fragments of the payload so far. */
    int mark() {
        return toldEarly + count;
    }

    /** All fragments behind {@code mark} are about {@code choice}. */
    void setChoice(int mark, int choice) {
        for (int i = Math.max(0, mark - toldEarly); i < count; i++) {
            fragments[i].choice = choice;
        }
    }

    /** Forgets the fragments behind {@code mark}: they only repeat others. */
    void dropTo(int mark) {
        int kept = Math.min(count, Math.max(0, mark - toldEarly));
        for (int i = kept; i <= count; i++) {
            fragments[i].clear();
        }
        count = kept;
    }

    void onIndex(long index) {
        open().index = index;
    }

    void onCustom() {
        open().custom = true;
    }

    /** A piece of one of the strings of the fragment being read. */
    void onText(int part, byte[] source, int from, int to) {
        OpenAiAnswerFragment fragment = open();
        if (fragment.lost || bytes.length() + (to - from) > OpenAiAnswerCall.MAX_UNNAMED_BYTES) {
            fragment.lost = true;
            return;
        }
        if (fragment.to[part] == 0) {
            fragment.from[part] = bytes.length();
        }
        bytes.append(source, from, to);
        fragment.to[part] = bytes.length();
    }

    /** Whether the arguments being read have outgrown what is kept, and are told as they come. */
    boolean tellArguments(ChatEvents listener, byte[] source, int from, int to) {
        if (streaming == null) {
            return false;
        }
        arguments(listener, streaming, source, from, to);
        return true;
    }

    boolean isFull(int added) {
        return bytes.length() + added > OpenAiText.MAX_KEPT_BYTES;
    }

    void onFragmentEnd() {
        OpenAiAnswerFragment fragment = open();
        if (streaming != null) {
            complete(streaming, fragment);
            streaming = null;
            fragment.clear();
            return;
        }
        if (fragment.isEmpty()) {
            fragment.clear();
            return;
        }
        count++;
        if (count == fragments.length) {
            fragments = Arrays.copyOf(fragments, 2 * count);
            for (int i = count; i < fragments.length; i++) {
                fragments[i] = new OpenAiAnswerFragment();
            }
        }
    }

    /** The fragment being read belongs to no call, but signs the one of its id. */
    void onSignatureEnd() {
        open().signatureOnly = true;
        onFragmentEnd();
    }

    /** Tells what can be told before the payload is complete; all of {@code choice} behind {@code mark}. */
    void tellSoFar(ChatEvents listener, int mark, int choice) {
        setChoice(mark, choice);
        tellComplete(listener);
        OpenAiAnswerFragment going = open();
        going.choice = choice;
        OpenAiAnswerCall call = streaming == null && !going.isEmpty() ? known(going) : null;
        if (call != null) {
            tellFragment(listener, going, call);
            streaming = call;
            going.clear();
        }
        int start = going.start(bytes.length());
        bytes.dropFirst(start);
        going.moveBack(start);
        toldEarly += count;
        fragments[count] = fragments[0];
        fragments[0] = going;
        for (int i = 1; i <= count; i++) {
            fragments[i].clear();
        }
        count = 0;
    }

    /** The payload is legal. */
    void tell(ChatEvents listener) {
        tellComplete(listener);
        clear();
    }

    /** The payload is over. */
    void clear() {
        for (int i = 0; i <= count; i++) {
            fragments[i].clear();
        }
        count = 0;
        toldEarly = 0;
        streaming = null;
        bytes.cutTo(0);
        payload++;
    }

    boolean hasCalled(int choice) {
        return choice < begun.length && begun[choice] > 0;
    }

    /** The choice has finished: closes what {@link #arguments} opened. */
    void endChoice(int choice, ChatEvents listener) {
        for (int i = 0; i < callCount; i++) {
            OpenAiAnswerCall call = calls[i];
            if (call.choice == choice && call.custom && call.isTold() && !call.closed) {
                call.closed = true;
                listener.onArguments(choice, call.number, CUSTOM_END, 0, CUSTOM_END.length);
            }
        }
    }

    private OpenAiAnswerFragment open() {
        return fragments[count];
    }

    private void tellComplete(ChatEvents listener) {
        for (int i = 0; i < count; i++) {
            if (!fragments[i].signatureOnly) {
                OpenAiAnswerCall call = callOf(fragments[i]);
                tellFragment(listener, fragments[i], call == null ? begin(fragments[i]) : call);
            }
        }
        for (int i = 0; i < count; i++) {
            if (fragments[i].signatureOnly) {
                tellSignature(listener, fragments[i]);
            }
        }
    }

    /** The call of a fragment of which more is to come, if that is known for certain enough. */
    private @Nullable OpenAiAnswerCall known(OpenAiAnswerFragment fragment) {
        OpenAiAnswerCall call = callOf(fragment);
        if (call != null) {
            return call.name != null || fragment.has(OpenAiAnswerFragment.NAME) ? call : null;
        }
        return fragment.has(OpenAiAnswerFragment.NAME) ? begin(fragment) : null;
    }

    /**
     * The call that a fragment continues; null when it begins one.
     *
     * <p>The index says which, unless another id or another name comes with it: hosts count all calls as 0. Without an
     * index the id does; without both, a name begins a call, and all else goes on with the last one.
     */
    private @Nullable OpenAiAnswerCall callOf(OpenAiAnswerFragment fragment) {
        boolean named = fragment.has(OpenAiAnswerFragment.NAME);
        boolean identified = fragment.has(OpenAiAnswerFragment.ID);
        OpenAiAnswerCall found = find(fragment, identified);
        if (found == null || !named || found.name == null) {
            return found;
        }
        if (found.namedIn == payload) {
            // Nobody names a call twice in one payload.
            return null;
        }
        if (identified && found.id != null) {
            return hasId(found, fragment) ? found : null;
        }
        boolean anonymous = fragment.index == NO_INDEX && !identified;
        return !anonymous && hasName(found, fragment) ? found : null;
    }

    private @Nullable OpenAiAnswerCall find(OpenAiAnswerFragment fragment, boolean identified) {
        OpenAiAnswerCall latest = null;
        OpenAiAnswerCall sameIndex = null;
        for (int i = callCount - 1; i >= 0; i--) {
            OpenAiAnswerCall call = calls[i];
            if (call.choice != fragment.choice) {
                continue;
            }
            boolean mayBe = fragment.index == NO_INDEX || call.index == NO_INDEX || call.index == fragment.index;
            if (identified && mayBe && hasId(call, fragment)) {
                return call;
            }
            if (latest == null) {
                latest = call;
            }
            if (sameIndex == null && fragment.index != NO_INDEX && call.index == fragment.index) {
                sameIndex = call;
            }
        }
        if (fragment.index != NO_INDEX) {
            return sameIndex;
        }
        return identified ? null : latest;
    }

    private OpenAiAnswerCall begin(OpenAiAnswerFragment fragment) {
        if (callCount == MAX_CALLS) {
            System.arraycopy(calls, 1, calls, 0, --callCount);
        } else if (callCount == calls.length) {
            calls = Arrays.copyOf(calls, 2 * callCount);
        }
        OpenAiAnswerCall call = new OpenAiAnswerCall(fragment.choice, fragment.index, fragment.custom);
        calls[callCount++] = call;
        return call;
    }

    private void tellFragment(ChatEvents listener, OpenAiAnswerFragment fragment, OpenAiAnswerCall call) {
        if (fragment.has(OpenAiAnswerFragment.ID) && call.id == null) {
            call.id = copy(fragment, OpenAiAnswerFragment.ID);
        }
        if (fragment.has(OpenAiAnswerFragment.NAME)) {
            call.namedIn = payload;
            if (call.name == null) {
                call.name = copy(fragment, OpenAiAnswerFragment.NAME);
            }
        }
        if (fragment.lost && !call.isTold()) {
            call.giveUp();
        }
        if (!call.isTold() && call.name != null && !call.isTooLong()) {
            tellCall(listener, call, call.name);
        }
        if (fragment.has(OpenAiAnswerFragment.ARGUMENTS)) {
            int from = fragment.from[OpenAiAnswerFragment.ARGUMENTS];
            arguments(listener, call, bytes.array(), from, fragment.to[OpenAiAnswerFragment.ARGUMENTS]);
        }
        if (fragment.has(OpenAiAnswerFragment.SIGNATURE) && call.isTold()) {
            signature(listener, fragment, call.number, /* redacted= */ false);
        }
    }

    /** What came behind the arguments that were told as they came. */
    private void complete(OpenAiAnswerCall call, OpenAiAnswerFragment fragment) {
        if (call.index == NO_INDEX) {
            call.index = fragment.index;
        }
        if (call.id == null && fragment.has(OpenAiAnswerFragment.ID)) {
            call.id = copy(fragment, OpenAiAnswerFragment.ID);
        }
    }

    private void tellCall(ChatEvents listener, OpenAiAnswerCall call, byte[] name) {
        if (call.choice >= begun.length) {
            begun = Arrays.copyOf(begun, call.choice + 1);
        }
        byte[] id = isUsed(call) ? null : call.id;
        call.number = begun[call.choice]++;
        listener.onToolCall(
                call.choice, call.number, id == null ? null : OpenAiAnswerCall.text(id), OpenAiAnswerCall.text(name));
        if (call.custom) {
            listener.onArguments(call.choice, call.number, CUSTOM_HEAD, 0, CUSTOM_HEAD.length);
        }
        byte[] kept = call.takeKept();
        if (kept != null) {
            arguments(listener, call, kept, 0, kept.length);
        }
    }

    /** Whether another call of the choice has its id, which then is no id. */
    private boolean isUsed(OpenAiAnswerCall call) {
        byte[] id = call.id;
        for (int i = 0; id != null && i < callCount; i++) {
            OpenAiAnswerCall other = calls[i];
            if (other != call && other.choice == call.choice && other.isTold() && other.hasId(id, 0, id.length)) {
                return true;
            }
        }
        return false;
    }

    private static void arguments(ChatEvents listener, OpenAiAnswerCall call, byte[] source, int from, int to) {
        if (!call.isTold()) {
            call.keep(source, from, to);
        } else if (!call.custom) {
            listener.onArguments(call.choice, call.number, source, from, to);
        } else if (!call.closed) {
            byte[] escaped = OpenAiAnswerCall.escaped(source, from, to);
            listener.onArguments(call.choice, call.number, escaped, 0, escaped.length);
        }
    }

    private void tellSignature(ChatEvents listener, OpenAiAnswerFragment fragment) {
        for (int i = callCount - 1; i >= 0; i--) {
            if (calls[i].choice == fragment.choice && calls[i].isTold() && hasId(calls[i], fragment)) {
                signature(listener, fragment, calls[i].number, /* redacted= */ false);
                return;
            }
        }
        signature(listener, fragment, ChatEvents.NO_CALL, /* redacted= */ true);
    }

    private void signature(ChatEvents listener, OpenAiAnswerFragment fragment, int call, boolean redacted) {
        listener.onSignature(
                fragment.choice,
                call,
                SignatureOrigin.GEMINI,
                redacted,
                bytes.array(),
                fragment.from[OpenAiAnswerFragment.SIGNATURE],
                fragment.to[OpenAiAnswerFragment.SIGNATURE]);
    }

    private boolean hasId(OpenAiAnswerCall call, OpenAiAnswerFragment fragment) {
        int part = OpenAiAnswerFragment.ID;
        return call.hasId(bytes.array(), fragment.from[part], fragment.to[part]);
    }

    private boolean hasName(OpenAiAnswerCall call, OpenAiAnswerFragment fragment) {
        int part = OpenAiAnswerFragment.NAME;
        return call.hasName(bytes.array(), fragment.from[part], fragment.to[part]);
    }

    private byte[] copy(OpenAiAnswerFragment fragment, int part) {
        return Arrays.copyOfRange(bytes.array(), fragment.from[part], fragment.to[part]);
    }
}
