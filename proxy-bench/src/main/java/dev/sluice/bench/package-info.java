/**
 * JMH benchmarks of the parts, and {@link dev.sluice.bench.Bench}, which runs them and writes the table. Nothing
 * depends on it.
 */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
