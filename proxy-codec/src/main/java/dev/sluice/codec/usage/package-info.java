/**
 * What the providers call what: where each wire format reports consumption, and how its figures add up to the one
 * {@link dev.sluice.codec.chat.Usage}.
 *
 * <p>{@link dev.sluice.codec.usage.UsageShape} is a table with a row for each format. A dialect puts a row's places into
 * the {@link dev.sluice.codec.json.JsonShape} of its answers, hands every value with a negative id to
 * {@link dev.sluice.codec.usage.UsageFigures}, and asks that for the result. A provider's new detail is a line of the
 * table. Thread: event loop; the table itself any.
 */
@NullMarked
package dev.sluice.codec.usage;

import org.jspecify.annotations.NullMarked;
