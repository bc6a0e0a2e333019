package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import org.jspecify.annotations.Nullable;

/**
 * Hands on what an answer says, and before the first of it what the answer says of itself. Hosts change their ids and
 * models on the way, or leave them empty at first: of each the first that is one counts. Thread: event loop.
 */
final class OpenAiAnswerStart implements ChatEvents {
    private ChatEvents listener = ChatEvents.IGNORED;
    private @Nullable String id;
    private @Nullable String model;
    private boolean told;

    /** Another answer begins, told to {@code events}. */
    void begin(ChatEvents events) {
        listener = events;
        id = null;
        model = null;
        told = false;
    }

    @Override
    public boolean hearsStart() {
        return listener.hearsStart();
    }

    /** The answer's, if it has been named. */
    @Nullable
    String id() {
        return id;
    }

    boolean hasId() {
        return id != null;
    }

    void onId(String named) {
        id = named;
    }

    void onModel(String named) {
        model = named;
    }

    /** A legal payload is over: nothing need be waited for once all is known. */
    void tellIfKnown() {
        if (id != null && model != null) {
            tell();
        }
    }

    private void tell() {
        if (!told) {
            told = true;
            listener.onStart(id, model);
        }
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        tell();
        listener.onText(choice, channel, utf8, from, to);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String callId, String name) {
        tell();
        listener.onToolCall(choice, call, callId, name);
    }

    /** Behind {@link #onToolCall}. */
    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        listener.onArguments(choice, call, utf8, from, to);
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        tell();
        listener.onSignature(choice, call, origin, redacted, utf8, from, to);
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        tell();
        listener.onCitation(choice, url, title);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        tell();
        listener.onFinish(choice, reason, stopSequence);
    }
}
