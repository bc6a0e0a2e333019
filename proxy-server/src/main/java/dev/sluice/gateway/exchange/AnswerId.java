package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import org.jspecify.annotations.Nullable;

/** Hears the id of an answer that its provider keeps, so that later calls about it go there. Thread: event loop. */
final class AnswerId implements ChatEvents {
    private final Keepers keepers;
    private final String provider;
    private final @Nullable String tenant;
    private @Nullable String id;

    /** @param tenant whose answer it is; null when it is nobody's */
    AnswerId(Keepers keepers, String provider, @Nullable String tenant) {
        this.keepers = keepers;
        this.provider = provider;
        this.tenant = tenant;
    }

    @Override
    public void onStart(@Nullable String told, @Nullable String model) {
        if (told != null) {
            id = told;
            keepers.note(told, provider, tenant);
        }
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {}

    @Override
    public void onToolCall(int choice, int call, @Nullable String callId, String name) {}

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {}

    /** What the answer consumed is in the books. */
    void onMetered() {
        if (id != null) {
            keepers.memory().markMetered(id);
        }
    }
}
