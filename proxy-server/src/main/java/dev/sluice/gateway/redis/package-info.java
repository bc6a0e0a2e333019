/**
 * What several gateways share of their limits, in Redis: implements {@code limit}'s {@code LeaseBroker}. Redis is a cache of
 * limits and never the truth, which is the ledger; while it is slow or away each gateway goes on with its part.
 *
 * <p>Thread: the client library's; asks come from any.
 */
@NullMarked
package dev.sluice.gateway.redis;

import org.jspecify.annotations.NullMarked;
