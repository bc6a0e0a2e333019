/**
 * What did it cost, and let it not be lost. Recorder on the event loops, one writer thread towards PostgreSQL.
 */
@NullMarked
package dev.sluice.gateway.usage;

import org.jspecify.annotations.NullMarked;
