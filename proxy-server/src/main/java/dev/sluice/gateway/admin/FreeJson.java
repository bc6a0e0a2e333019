package dev.sluice.gateway.admin;

/** A JSON object whose members are somebody else's business. Immutable; thread: any. */
record FreeJson(String text) {
    static final FreeJson EMPTY = new FreeJson("{}");
}
