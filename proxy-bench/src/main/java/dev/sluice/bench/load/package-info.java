/**
 * The whole gateway under load, beside other relays: what {@code scripts/bench --relay} runs.
 *
 * <p>Three kinds of processes. A {@link dev.sluice.bench.load.ProviderServer} answers as a provider would, at once; each
 * delta carries its number and the moment it was sent. A {@link dev.sluice.bench.load.LoadClient} asks, checks each answer
 * to the last byte and measures. {@link dev.sluice.bench.load.Harness} starts both, and every
 * {@link dev.sluice.bench.load.Target} between them, one after the other in rounds, and reads from the kernel what each
 * of them costs. {@link dev.sluice.bench.load.Report} puts the tables into the documentation.
 *
 * <p>All of it is one machine's loopback: figures compare targets of one run, nothing else.
 */
@NullMarked
package dev.sluice.bench.load;

import org.jspecify.annotations.NullMarked;
