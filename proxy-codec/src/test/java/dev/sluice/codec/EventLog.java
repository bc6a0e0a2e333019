package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import org.jspecify.annotations.Nullable;

/** Writes down each event as it is told, a line each. */
final class EventLog implements ChatEvents {
    private final StringBuilder lines = new StringBuilder();

    void note(String line) {
        lines.append(line).append('\n');
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        note("start " + id + " " + model);
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        note(choice + " " + channel + " " + new String(utf8, from, to - from, UTF_8));
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        note(choice + " boundary " + channel);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        note(choice + " call " + call + " " + id + " " + name);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        note(choice + " arguments " + call + " " + new String(utf8, from, to - from, UTF_8));
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        note(choice + " signature " + call + " " + origin + " " + redacted + " "
                + new String(utf8, from, to - from, UTF_8));
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        note(choice + " citation " + url + " " + title);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        note(choice + " finish " + reason + " " + stopSequence);
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
