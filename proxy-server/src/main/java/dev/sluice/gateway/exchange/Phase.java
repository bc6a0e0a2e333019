package dev.sluice.gateway.exchange;

/** Where an exchange stands; {@link Exchange} draws the transitions. */
enum Phase {
    /** The head is here: who is asking? */
    AUTHENTICATE,
    /** The body is arriving and being read. */
    RECEIVE,
    /** The request is known: which target? */
    PLAN,
    /** It is known who would serve it: may the caller have so much? */
    ADMIT,
    /** A target has been asked and has not answered. */
    ATTEMPT,
    /** The answer passes. */
    RELAY,
    /** Over: what has been booked may still have to be kept, for which the client's last bytes wait. */
    DONE,
    /** Nothing is held and nothing more happens; or nothing has happened yet. */
    IDLE
}
