package dev.sluice.gateway.exchange;

/**
 * Hears of exchanges. Usage, metrics and the access log implement it; the engine knows none of them.
 *
 * <p>Called on the event loop of the exchange: implementations neither block nor throw, and hand work on to a thread of
 * their own; but not the summary, of which nothing but texts may be kept when the call returns.
 */
public interface ExchangeListener {

    /**
     * An exchange is over. Called exactly once for each, before the last byte of the answer is written, so that what a
     * client has received whole has been recorded.
     */
    void onExchange(ExchangeSummary summary);

    /** Tells each of {@code listeners} in order. */
    static ExchangeListener all(ExchangeListener... listeners) {
        ExchangeListener[] copy = listeners.clone();
        return summary -> {
            for (ExchangeListener listener : copy) {
                listener.onExchange(summary);
            }
        };
    }
}
