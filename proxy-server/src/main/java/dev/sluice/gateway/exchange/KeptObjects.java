package dev.sluice.gateway.exchange;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What providers keep for callers, as all gateways remember it and for good; {@code store} has the table. Thread: any. */
public interface KeptObjects {

    /** Nothing is remembered. */
    KeptObjects NONE = new KeptObjects() {
        @Override
        public void note(String id, String provider, String tenant) {}

        @Override
        public void find(String id, Consumer<Answer> answer) {
            answer.accept(new Answer(/* told= */ true, null, null));
        }
    };

    /** Has it remembered that {@code id} belongs to {@code tenant}; never blocks. */
    void note(String id, String provider, String tenant);

    /**
     * Looks up what {@code id} is; never blocks.
     *
     * @param answer called once, on whatever thread, also on the calling one
     */
    void find(String id, Consumer<Answer> answer);

    /**
     * What is remembered.
     *
     * @param told false when nobody can tell at the moment
     * @param provider who keeps it; null when nobody knows
     * @param tenant whose it is; null when nobody knows
     */
    record Answer(
            boolean told,
            @Nullable String provider,
            @Nullable String tenant) {

        /** Nobody can tell at the moment. */
        public static final Answer AWAY = new Answer(false, null, null);
    }
}
