package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.GatewayError;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of a request that must not be served, or of the rest of one; the connection ends after the answer. It is
 * a message like others, so that an answer to an earlier request on the connection is not overtaken.
 *
 * @param origin of the page that asks, as far as the head could be read
 */
record Refused(GatewayError error, @Nullable String origin) {}
