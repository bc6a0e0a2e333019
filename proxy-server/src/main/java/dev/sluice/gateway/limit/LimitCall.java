package dev.sluice.gateway.limit;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.price.TokenRates;
import java.net.InetAddress;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What rules can ask of a call: filled by whoever asks the {@link Limiter}, and used again for the next call. It stays as it
 * is from the first ask to the last; nobody else keeps it. Thread: the call's.
 */
public final class LimitCall {
    private static final int WHOLE_SHARE = 100;

    private @Nullable Principal principal;
    private @Nullable InetAddress from;
    private @Nullable String endUser;
    private @Nullable String session;
    private Map<String, String> tags = Map.of();
    private int sharePercent = WHOLE_SHARE;
    private String provider = "";
    private String model = "";
    private String endpoint = "";
    private @Nullable TokenRates rates;
    private long inputTokens;
    private long expectedOutputTokens;
    private long maxTokens = -1;
    private long bodyBytes;

    /**
     * Whose it is.
     *
     * @param endUserOf on whose account at the caller's it is
     * @param sessionOf as the caller's {@code x-session-id} says
     * @param tagsOf of the key and of the call
     * @param share in percent: of every limit that this caller has at present, 100 unless it has behaved badly
     */
    public LimitCall of(
            Principal caller,
            InetAddress address,
            @Nullable String endUserOf,
            @Nullable String sessionOf,
            Map<String, String> tagsOf,
            int share) {
        principal = caller;
        from = address;
        endUser = endUserOf;
        session = sessionOf;
        tags = tagsOf;
        sharePercent = share;
        return this;
    }

    /**
     * What it asks for.
     *
     * @param providerName of the first target
     * @param modelName as asked for
     * @param endpointLabel such as {@code chat.completions}
     * @param charged by which it is charged; null when nobody knows its price
     */
    public LimitCall at(String providerName, String modelName, String endpointLabel, @Nullable TokenRates charged) {
        provider = providerName;
        model = modelName;
        endpoint = endpointLabel;
        rates = charged;
        return this;
    }

    /**
     * How large it is.
     *
     * @param input tokens of the prompt, counted or estimated
     * @param expectedOutput tokens held for an answer that comes whole; 0 for one that is followed while it comes
     * @param max tokens that the caller allows the answer; -1 when it does not say
     * @param body bytes of the request
     */
    public LimitCall sized(long input, long expectedOutput, long max, long body) {
        inputTokens = input;
        expectedOutputTokens = expectedOutput;
        maxTokens = max;
        bodyBytes = body;
        return this;
    }

    /** Forgets the call, so that nothing of it is kept from the garbage collector. */
    public void clear() {
        principal = null;
        from = null;
        endUser = null;
        session = null;
        tags = Map.of();
        sharePercent = WHOLE_SHARE;
        at("", "", "", null);
        sized(0, 0, -1, 0);
    }

    Principal principal() {
        return Objects.requireNonNull(principal, "filled before");
    }

    InetAddress from() {
        return Objects.requireNonNull(from, "filled before");
    }

    @Nullable
    String endUser() {
        return endUser;
    }

    @Nullable
    String session() {
        return session;
    }

    Map<String, String> tags() {
        return tags;
    }

    int sharePercent() {
        return sharePercent;
    }

    String provider() {
        return provider;
    }

    String model() {
        return model;
    }

    String endpoint() {
        return endpoint;
    }

    @Nullable
    TokenRates rates() {
        return rates;
    }

    public long inputTokens() {
        return inputTokens;
    }

    long expectedOutputTokens() {
        return expectedOutputTokens;
    }

    long maxTokens() {
        return maxTokens;
    }

    long bodyBytes() {
        return bodyBytes;
    }
}
