/** JMH benchmarks of the parts. Nothing depends on it. */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
