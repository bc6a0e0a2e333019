/**
 * The gateway as its callers and providers meet it: real sockets, a real PostgreSQL, a provider that does what a script
 * says, clients that see each byte.
 *
 * <p>{@link dev.sluice.gateway.it.Rig} is what a class of tests stands on; {@link dev.sluice.gateway.it.Script} says what
 * the provider does; {@link dev.sluice.gateway.it.RawClient} and {@link dev.sluice.gateway.it.Http2Client} are the
 * callers.
 */
@NullMarked
package dev.sluice.gateway.it;

import org.jspecify.annotations.NullMarked;
