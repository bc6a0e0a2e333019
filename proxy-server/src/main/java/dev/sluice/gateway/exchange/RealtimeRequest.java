package dev.sluice.gateway.exchange;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller's upgrade asks for. Thread: any.
 *
 * @param model as the query names it, decoded; null when it names none
 * @param query the rest of it, undecoded; null for none
 * @param subprotocols that the client offers, without credentials
 * @param maxFrameBytes the longest frame of a provider that is accepted
 */
public record RealtimeRequest(
        @Nullable String model, @Nullable String query, List<String> subprotocols, int maxFrameBytes) {}
