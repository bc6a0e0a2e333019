package dev.sluice.gateway.limit;

/** What came of asking whether a call may go on. Thread: any. */
public enum Verdict {
    /** It may; what it takes is held. */
    ADMITTED,
    /** It may not; {@link Grant#refusal()} says why. Nothing is held. */
    REFUSED,
    /** That will be told later: it is to be asked again when it has been called. Nothing is held. */
    LATER
}
