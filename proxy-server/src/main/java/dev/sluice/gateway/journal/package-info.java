/**
 * A write-ahead log of usage records that outlives {@code kill -9}: one memory-mapped, preallocated segment for each event
 * loop, so that an append is a few stores, without a system call, a lock or another thread.
 *
 * <p>The journey of a record: an event loop's {@link dev.sluice.gateway.journal.JournalAppender} writes OPEN before the
 * first byte goes to a provider (and reserves room for the end), PROGRESS now and then, CLOSE before the client's last
 * byte. {@code sluice-journal}, one thread, prepares segments ahead of the loops, forces pages to the disk and takes back
 * segments that nobody needs any more. The writer acknowledges each CLOSE that is in the database
 * ({@link dev.sluice.gateway.journal.JournalSegment#acknowledge}); when its queue was full, it reads them from the files
 * ({@link dev.sluice.gateway.journal.CatchUp}). After a crash {@link dev.sluice.gateway.journal.JournalReader} gives every
 * CLOSE that is left and every OPEN without one.
 *
 * <p>Payloads are opaque bytes: this room enters no other, and any room may replay what it does not understand.
 */
@NullMarked
package dev.sluice.gateway.journal;

import org.jspecify.annotations.NullMarked;
