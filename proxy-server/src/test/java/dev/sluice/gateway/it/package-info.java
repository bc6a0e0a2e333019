/**
 * The gateway as its callers and providers meet it: real sockets, a real PostgreSQL, a provider that does what a script
 * says, clients that see each byte.
 *
 * <p>{@link dev.sluice.gateway.it.Rig} is what a class of tests stands on; {@link dev.sluice.gateway.it.Script} says what
 * the provider does; {@link dev.sluice.gateway.it.RawClient} and {@link dev.sluice.gateway.it.Http2Client} are the
 * callers.
 *
 * <p>What is wrong with providers is a closed set: {@link dev.sluice.gateway.it.Fault}. A
 * {@link dev.sluice.gateway.it.FaultProvider} plays them as a {@link dev.sluice.gateway.it.Programme} says, and
 * {@link dev.sluice.gateway.it.FaultTableIT} is the table of what comes of each.
 *
 * <p>What happens when the gateway dies, PostgreSQL is away or the disk is full stands on another one:
 * {@link dev.sluice.gateway.it.LedgerRig} has the gateway as a process of its own, and {@link dev.sluice.gateway.it.Books}
 * compares what its callers, its provider and PostgreSQL wrote down. Its tests have long forms, chosen by properties that
 * their javadoc names; {@code -Dseed=} repeats what a run printed.
 */
@NullMarked
package dev.sluice.gateway.it;

import org.jspecify.annotations.NullMarked;
