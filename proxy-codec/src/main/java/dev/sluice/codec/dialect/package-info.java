/**
 * The contracts between a wire format and the gateway, and the few things that several wire formats do alike.
 *
 * <p>A caller speaks an {@link dev.sluice.codec.dialect.InboundDialect}, a provider a
 * {@link dev.sluice.codec.dialect.ProviderDialect}; each wire format has a room of its own that implements one or
 * both. Thread: any.
 */
@NullMarked
package dev.sluice.codec.dialect;

import org.jspecify.annotations.NullMarked;
