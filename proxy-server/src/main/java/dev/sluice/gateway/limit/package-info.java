/**
 * How much may they: rules, the counters behind them, and what each call holds of them while it runs. Decides on the event
 * loop, from memory; what nodes share comes through a {@link dev.sluice.gateway.limit.LeaseBroker}, ahead of the need.
 *
 * <p>Nothing here waits, writes or knows what a request looks like. Thread: any, unless a class says otherwise.
 */
@NullMarked
package dev.sluice.gateway.limit;

import org.jspecify.annotations.NullMarked;
