/**
 * Carries an answer's bytes from provider to client. HOT.
 *
 * <p>A relay is fed what the provider sent and writes what the client may have to a {@link
 * dev.sluice.codec.relay.RelaySink}; it decides nothing about connections. Thread: event loop.
 */
@NullMarked
package dev.sluice.codec.relay;

import org.jspecify.annotations.NullMarked;
