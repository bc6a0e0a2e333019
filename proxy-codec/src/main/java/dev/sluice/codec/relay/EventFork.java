package dev.sluice.codec.relay;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import org.jspecify.annotations.Nullable;

/** Tells two what an answer says: who counts it, and who says it in another dialect. Thread: event loop. */
public record EventFork(ChatEvents first, ChatEvents second) implements ChatEvents {

    @Override
    public boolean hearsStart() {
        return first.hearsStart() || second.hearsStart();
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        first.onStart(id, model);
        second.onStart(id, model);
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        first.onText(choice, channel, utf8, from, to);
        second.onText(choice, channel, utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        first.onBoundary(choice, channel);
        second.onBoundary(choice, channel);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        first.onToolCall(choice, call, id, name);
        second.onToolCall(choice, call, id, name);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        first.onArguments(choice, call, utf8, from, to);
        second.onArguments(choice, call, utf8, from, to);
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        first.onSignature(choice, call, origin, redacted, utf8, from, to);
        second.onSignature(choice, call, origin, redacted, utf8, from, to);
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        first.onCitation(choice, url, title);
        second.onCitation(choice, url, title);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        first.onFinish(choice, reason, stopSequence);
        second.onFinish(choice, reason, stopSequence);
    }
}
