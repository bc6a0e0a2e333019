package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;

/**
 * What an attempt comes to, once it has ended: made by the {@link Ledger}. Immutable; thread: any.
 *
 * @param usage what is billed: the provider's figures, and the gateway's where the provider reported none
 * @param source whose figures they are
 * @param costNano nano-dollars; {@link Usage#UNKNOWN}: nobody knows
 * @param priceVersion the prices that were used; {@link Usage#UNKNOWN} where none were
 */
public record Settlement(Usage usage, Source source, long costNano, long priceVersion) {

    /** Not settled, or nothing to settle. */
    public static final Settlement NONE = new Settlement(Usage.NONE, Source.NONE, Usage.UNKNOWN, Usage.UNKNOWN);

    /** Whose figures are billed. {@link #label()} is the value stored and shown. */
    public enum Source {
        /** The provider reported them. */
        PROVIDER("provider"),
        /** The gateway counted them, with the model's own tokenizer. */
        COUNTED("counted"),
        /** The provider reported a part, the gateway counted the rest. */
        MIXED("mixed"),
        /** The gateway estimated them: the model's tokenizer is not public, or the prompt cannot be counted. */
        ESTIMATED("estimated"),
        /** Nothing was consumed, or nobody knows. */
        NONE("none");

        private final String label;

        Source(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
