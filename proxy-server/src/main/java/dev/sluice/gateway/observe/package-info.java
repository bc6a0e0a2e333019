/**
 * Tells the operators: metrics and the access log.
 *
 * <p>Both are {@link dev.sluice.gateway.exchange.ExchangeListener}s and hear of a request once, when it is over. What
 * they do on the event loop is bounded: {@link dev.sluice.gateway.observe.Metrics} adds to counters that it found
 * before, {@link dev.sluice.gateway.observe.AccessLog} writes a line into memory. Everything else happens on the
 * thread of the scrape or on {@code sluice-access-log}.
 *
 * <p>Nothing here sees a prompt, a completion or a secret, because a summary holds none.
 */
@NullMarked
package dev.sluice.gateway.observe;

import org.jspecify.annotations.NullMarked;
