package dev.sluice.gateway.observe;

import dev.sluice.gateway.config.LimitSettings;
import java.io.IOException;
import java.util.Map;

/** How a webhook is reached: guarded against being led to where it must not. Thread: any that may block. */
@FunctionalInterface
public interface WebhookTransport {

    /**
     * Sends {@code json}; takes five seconds at most once the host's name is known.
     *
     * @return the status of the answer
     * @throws IOException when there is none; the message names the host and never the whole URL
     */
    int post(LimitSettings.Webhook hook, byte[] json, Map<String, String> headers) throws IOException;
}
