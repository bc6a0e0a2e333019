package dev.sluice.gateway.usage;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What a number of calls comes to. Token sums are over the rows where they are known. Immutable; thread: any.
 *
 * @param requests attempts at providers, one for each row
 * @param inputTokens cached and cache-write ones included
 * @param outputTokens reasoning included
 * @param pricedNano nano-dollars of the rows that have a cost
 * @param unpriced rows whose usage is known and whose cost is not, which {@code pricedNano} therefore does not hold
 * @param estimated rows of which at least a part was counted or estimated by the gateway
 * @param errors rows whose status is neither {@code ok}, {@code client_abort} nor {@code cancelled}
 * @param input over rows that the provider reported and the gateway counted
 * @param output likewise
 */
public record UsageSums(
        long requests,
        long inputTokens,
        long cachedTokens,
        long cacheWriteTokens,
        long outputTokens,
        long reasoningTokens,
        long pricedNano,
        long unpriced,
        long estimated,
        long errors,
        Compared input,
        Compared output) {

    static final int COLUMNS = 14;
    private static final int SHARE_DIGITS = 6;
    private static final int NANO_DIGITS = 9;

    /** Two figures for the same thing. */
    public record Compared(long reported, long counted) {

        /** By what part of the provider's figure the gateway's is above it; null when there is nothing to compare. */
        public @Nullable BigDecimal drift() {
            return share(BigDecimal.valueOf(counted).subtract(BigDecimal.valueOf(reported)), reported);
        }
    }

    /** Reads {@link #COLUMNS} columns, the first being {@code column}, in the order of {@link UsageSql}. */
    static UsageSums read(ResultSet row, int column) throws SQLException {
        return new UsageSums(
                row.getLong(column),
                row.getLong(column + 1),
                row.getLong(column + 2),
                row.getLong(column + 3),
                row.getLong(column + 4),
                row.getLong(column + 5),
                row.getLong(column + 6),
                row.getLong(column + 7),
                row.getLong(column + 8),
                row.getLong(column + 9),
                new Compared(row.getLong(column + 10), row.getLong(column + 11)),
                new Compared(row.getLong(column + 12), row.getLong(column + 13)));
    }

    /** Nano-dollars; null when there were calls and no cost of any of them is known. */
    public @Nullable Long costNano() {
        boolean unknown = requests > 0 && pricedNano == 0 && (unpriced > 0 || (inputTokens == 0 && outputTokens == 0));
        return unknown ? null : Long.valueOf(pricedNano);
    }

    /** The same in dollars, to the nano-dollar. A text: most who read JSON would make a double of a number. */
    public @Nullable String costUsd() {
        Long nano = costNano();
        return nano == null ? null : BigDecimal.valueOf(nano, NANO_DIGITS).toPlainString();
    }

    /** Of the prompt tokens, what came from the provider's cache. */
    public @Nullable BigDecimal cachedShare() {
        return share(BigDecimal.valueOf(cachedTokens), inputTokens);
    }

    /** Of the calls, those whose usage is known and whose cost is not. */
    public @Nullable BigDecimal unpricedShare() {
        return share(BigDecimal.valueOf(unpriced), requests);
    }

    /** Of the calls, those that the gateway counted or estimated. */
    public @Nullable BigDecimal estimatedShare() {
        return share(BigDecimal.valueOf(estimated), requests);
    }

    private static @Nullable BigDecimal share(BigDecimal part, long whole) {
        return whole == 0 ? null : part.divide(BigDecimal.valueOf(whole), SHARE_DIGITS, RoundingMode.HALF_UP);
    }
}
