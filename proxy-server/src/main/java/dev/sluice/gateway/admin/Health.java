package dev.sluice.gateway.admin;

/**
 * How a part of the gateway is. Immutable; thread: any.
 *
 * @param detail a short sentence for operators; no secret, no address with a password in it
 */
public record Health(State state, String detail) {

    /** In what state a part is; {@link #label()} is shown. */
    public enum State {
        OK("ok"),
        DEGRADED("degraded"),
        DOWN("down");

        private final String label;

        State(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    public static Health ok(String detail) {
        return new Health(State.OK, detail);
    }

    /** Works, but not as it should. */
    public static Health degraded(String detail) {
        return new Health(State.DEGRADED, detail);
    }

    public static Health down(String detail) {
        return new Health(State.DOWN, detail);
    }
}
