/**
 * What did it cost, and let it not be lost.
 *
 * <p>The journey of a usage event: the {@link dev.sluice.gateway.usage.UsageLedger} of an event loop (HOT) opens each
 * attempt in the journal, has it settled at its end ({@code Settler}: whose figures count, and what they cost), closes it
 * there, and puts it into the {@link dev.sluice.gateway.usage.UsageQueue}, which never blocks and is small. The journal, whose payloads
 * {@code UsageRecords} writes and {@code UsageRecordReader} reads, is the truth behind it: what the queue does not take,
 * and what earlier lives left, is read from there ({@code JournalCatchUp}, {@code JournalRecovery}), and an attempt that a
 * crash cut is billed by what the journal says of it ({@code InterruptedAttempt}).
 * {@link dev.sluice.gateway.usage.PostgresWriter}, one thread, takes from all three, and its {@code Delivery} brings each
 * batch into PostgreSQL: rows by binary COPY ({@code UsageTable}), and in the same transaction the hours' sums of the rows
 * that are new ({@code HourlySums}). Only then may the journal forget. {@link dev.sluice.gateway.usage.JournalReplay} does
 * the same for the journal of a gateway that no longer runs. {@link dev.sluice.gateway.usage.UsageReports} reads what is
 * there.
 *
 * <p>Connections come through {@link dev.sluice.gateway.usage.ConnectionSource}: this room does not know the store.
 */
@NullMarked
package dev.sluice.gateway.usage;

import org.jspecify.annotations.NullMarked;
