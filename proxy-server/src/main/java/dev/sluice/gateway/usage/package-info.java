/**
 * What did it cost, and let it not be lost.
 *
 * <p>The journey of a usage event: {@link dev.sluice.gateway.usage.UsageRecorder} hears of an exchange's end on its event
 * loop (HOT), prices each attempt with the {@link dev.sluice.gateway.price.PriceBook} and puts it into the
 * {@link dev.sluice.gateway.usage.UsageQueue}, which never blocks; {@link dev.sluice.gateway.usage.PostgresWriter}, one
 * thread, empties the queue into PostgreSQL by binary COPY. {@link dev.sluice.gateway.usage.UsageReports} reads what is
 * there.
 *
 * <p>The queue is memory: what it holds when the process is killed is gone. The journal that takes that away belongs
 * between the recorder and the queue.
 *
 * <p>Connections come through {@link dev.sluice.gateway.usage.ConnectionSource}: this room does not know the store.
 */
@NullMarked
package dev.sluice.gateway.usage;

import org.jspecify.annotations.NullMarked;
