package dev.sluice.gateway.it;

import dev.sluice.codec.dialect.ErrorKind;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What comes of a {@link Fault} when there is nobody else to ask: the table of the {@link FaultTableIT}. */
enum FaultOutcome {
    WELL(null, "ok", false, false),
    ERROR(ErrorKind.UPSTREAM_ERROR, "upstream_error", false, true),
    CUT(ErrorKind.UPSTREAM_ERROR, "truncated", false, true),
    LATE(ErrorKind.UPSTREAM_TIMEOUT, "timeout", false, true),
    LIMITED(ErrorKind.RATE_LIMITED, "upstream_error", false, true),
    OVERLOADED(ErrorKind.OVERLOADED, "upstream_error", false, true),
    DENIED(ErrorKind.UPSTREAM_AUTH, "upstream_error", false, true),
    /** Nobody else would like the request better. */
    CALLERS_OWN(ErrorKind.INVALID_REQUEST, "upstream_error", false, false),
    /** A status that passes as it is. */
    PASSED_ON(ErrorKind.REQUEST_TIMEOUT, "upstream_error", false, true),
    CUT_OFF(ErrorKind.UPSTREAM_ERROR, "truncated", true, false),
    FELL_SILENT(ErrorKind.UPSTREAM_TIMEOUT, "timeout", true, false),
    OVERLOADED_LATER(ErrorKind.OVERLOADED, "upstream_error", true, false),
    /** In the middle of an event that was too large to be held. */
    CUT_OFF_WITHIN(ErrorKind.UPSTREAM_TIMEOUT, "timeout", true, false),
    /** Too much of it has been passed on to take it back. */
    TOO_MUCH(ErrorKind.UPSTREAM_ERROR, "upstream_error", true, false);

    private final @Nullable ErrorKind kind;
    private final String status;
    private final boolean begun;
    private final boolean givesWay;

    /**
     * @param status of the row
     * @param begun whether the caller has got content by then
     * @param givesWay whether somebody else is asked, if there is anybody
     */
    FaultOutcome(@Nullable ErrorKind kind, String status, boolean begun, boolean givesWay) {
        this.kind = kind;
        this.status = status;
        this.begun = begun;
        this.givesWay = givesWay;
    }

    ErrorKind kind() {
        return Objects.requireNonNull(kind);
    }

    /** Of the row. */
    String status() {
        return status;
    }

    /** Whether the caller has got content by then. */
    boolean begun() {
        return begun;
    }

    /** Whether somebody else is asked, if there is anybody. */
    boolean givesWay() {
        return givesWay;
    }

    private record Row(FaultOutcome stream, FaultOutcome whole) {}

    private static final Map<Fault, Row> TABLE = Map.ofEntries(
            Map.entry(Fault.NONE, new Row(WELL, WELL)),
            Map.entry(Fault.REFUSED, new Row(ERROR, ERROR)),
            Map.entry(Fault.UNKNOWN_HOST, new Row(ERROR, ERROR)),
            Map.entry(Fault.UNTRUSTED, new Row(ERROR, ERROR)),
            Map.entry(Fault.RESET, new Row(ERROR, ERROR)),
            Map.entry(Fault.CLOSED, new Row(ERROR, ERROR)),
            Map.entry(Fault.RESET_WITHIN_HEAD, new Row(ERROR, ERROR)),
            Map.entry(Fault.STALL_BEFORE_HEAD, new Row(LATE, LATE)),
            Map.entry(Fault.STALL_AFTER_HEAD, new Row(LATE, LATE)),
            Map.entry(Fault.PINGS, new Row(LATE, LATE)),
            Map.entry(Fault.STALL_AFTER_ROLE, new Row(LATE, LATE)),
            Map.entry(Fault.RESET_AFTER_ROLE, new Row(CUT, CUT)),
            Map.entry(Fault.END_AFTER_ROLE, new Row(CUT, CUT)),
            Map.entry(Fault.DRIP, new Row(LATE, LATE)),
            Map.entry(Fault.GARBAGE, new Row(ERROR, ERROR)),
            Map.entry(Fault.GARBAGE_BODY, new Row(ERROR, ERROR)),
            Map.entry(Fault.PAGE, new Row(ERROR, ERROR)),
            Map.entry(Fault.EMPTY, new Row(CUT, CUT)),
            Map.entry(Fault.GIANT_HEAD, new Row(ERROR, ERROR)),
            Map.entry(Fault.GIANT_OPENER, new Row(CUT_OFF_WITHIN, TOO_MUCH)),
            Map.entry(Fault.LIMITED, new Row(LIMITED, LIMITED)),
            Map.entry(Fault.LIMITED_FOR_A_WHILE, new Row(LIMITED, LIMITED)),
            Map.entry(Fault.SLOW_REQUEST, new Row(PASSED_ON, PASSED_ON)),
            Map.entry(Fault.SERVER_ERROR, new Row(ERROR, ERROR)),
            Map.entry(Fault.BAD_GATEWAY, new Row(ERROR, ERROR)),
            Map.entry(Fault.UNAVAILABLE, new Row(OVERLOADED, OVERLOADED)),
            Map.entry(Fault.OVERLOADED, new Row(OVERLOADED, OVERLOADED)),
            Map.entry(Fault.OVERLOADED_EVENT, new Row(OVERLOADED, OVERLOADED)),
            Map.entry(Fault.KEY_REJECTED, new Row(DENIED, DENIED)),
            Map.entry(Fault.KEY_FORBIDDEN, new Row(DENIED, DENIED)),
            Map.entry(Fault.BAD_REQUEST, new Row(CALLERS_OWN, CALLERS_OWN)),
            Map.entry(Fault.RESET_MID_STREAM, new Row(CUT_OFF, CUT)),
            Map.entry(Fault.CLOSED_MID_STREAM, new Row(CUT_OFF, CUT)),
            Map.entry(Fault.END_MID_STREAM, new Row(CUT_OFF, CUT)),
            Map.entry(Fault.STALL_MID_STREAM, new Row(FELL_SILENT, LATE)),
            Map.entry(Fault.DRIP_MID_STREAM, new Row(FELL_SILENT, LATE)),
            Map.entry(Fault.GARBAGE_MID_STREAM, new Row(CUT_OFF, CUT)),
            Map.entry(Fault.OVERLOADED_MID_STREAM, new Row(OVERLOADED_LATER, CUT)),
            Map.entry(Fault.ENDLESS, new Row(FELL_SILENT, LATE)),
            Map.entry(Fault.GIANT_EVENT, new Row(CUT_OFF_WITHIN, TOO_MUCH)));

    /** The faults that have a row. */
    static Set<Fault> table() {
        return TABLE.keySet();
    }

    static FaultOutcome of(FaultCell cell) {
        if (cell.fault() == Fault.GIANT_OPENER && cell.pair() == FaultCell.Pair.CHAT_OF_ANTHROPIC) {
            // Half an event cannot be translated, so nothing of it has been passed on.
            return LATE;
        }
        Row row = Objects.requireNonNull(TABLE.get(cell.fault()));
        return cell.streamed() ? row.stream() : row.whole();
    }
}
