package dev.sluice.gateway.exchange;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a key has used, for callers that ask about themselves; {@code usage} implements it. Thread: any.
 */
@FunctionalInterface
public interface UsageLookup {

    /** There are no books to look into. */
    UsageLookup NONE = (question, receiver) -> receiver.onAnswer(Unanswered.AWAY);

    /**
     * @param keyId whose usage: public id of the key that asks
     * @param from as the caller sent it
     * @param to as the caller sent it
     * @param limits how the key stands with them, to be told with what it has used
     */
    record Question(
            String keyId,
            @Nullable String teamId,
            @Nullable String from,
            @Nullable String to,
            List<LimitLine> limits) {
        public Question {
            limits = List.copyOf(limits);
        }

        /** Of somebody without limits. */
        public Question(String keyId, @Nullable String teamId, @Nullable String from, @Nullable String to) {
            this(keyId, teamId, from, to, List.of());
        }
    }

    /** What becomes of a question. */
    sealed interface Answer {}

    /** @param json the body of the answer */
    record Found(String json) implements Answer {}

    /**
     * The question makes no sense.
     *
     * @param parameter that is wrong; null when it is the query as a whole
     * @param message names the actual and the allowed value
     */
    record Invalid(@Nullable String parameter, String message) implements Answer {}

    /** Nobody looked, or in vain. */
    enum Unanswered implements Answer {
        /** The same key has another question under way. */
        KEY_BUSY,
        /** As many questions are under way as there may be. */
        BUSY,
        /** The database does not answer. */
        AWAY,
        /** For a reason that nobody foresaw, and that is in the log. */
        FAILED
    }

    /** Hears the answer. */
    @FunctionalInterface
    interface Receiver {
        /** Once for each question. Thread: any, also the one that asked, before {@link #find} returns. */
        void onAnswer(Answer answer);
    }

    /** Looks, without keeping the calling thread waiting. */
    void find(Question question, Receiver receiver);
}
