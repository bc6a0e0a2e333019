package dev.sluice.gateway.it;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What can be wrong with a provider: a closed set, each with a name that a model can be called by. {@link FaultProvider}
 * plays them.
 */
enum Fault {
    /** Nothing is wrong. */
    NONE(Moment.NEVER, (speech, streamed, random) -> speech.all(streamed)),

    // No request ever arrives: addresses of DeadEnds.

    /** Nobody listens. */
    REFUSED,
    /** The name of the host does not exist. */
    UNKNOWN_HOST,
    /** The certificate was signed by nobody whom anybody knows. */
    UNTRUSTED,

    // Before there is content.

    /** Resets the connection when it has read the request. */
    RESET(Moment.BEFORE_CONTENT, Script.reset()),
    /** Closes the connection when it has read the request. */
    CLOSED(Moment.BEFORE_CONTENT, Script.cut()),
    /** Resets the connection in the middle of the answer's head. */
    RESET_WITHIN_HEAD(Moment.BEFORE_CONTENT, Script.of(Script.raw("HTTP/1.1 200 OK\r\ncontent-ty"), Script.reset())),
    /** Reads the request and says nothing. */
    STALL_BEFORE_HEAD(Moment.BEFORE_CONTENT, Script.stall()),
    /** Says 200 and nothing else. */
    STALL_AFTER_HEAD(
            Moment.BEFORE_CONTENT, (speech, streamed, random) -> Script.of(speech.head(streamed), Script.stall())),
    /** Says 200, and then only that it is still there: comments, white space. */
    PINGS(
            Moment.BEFORE_CONTENT,
            (speech, streamed, random) ->
                    Script.of(speech.head(streamed), Script.drip(streamed ? ": ping\n\n" : " ", 100))),
    /** Says who is going to speak, and nothing more. */
    STALL_AFTER_ROLE(
            Moment.BEFORE_CONTENT, (speech, streamed, random) -> Script.of(speech.opening(streamed), Script.stall())),
    /** Says who is going to speak, and resets the connection. */
    RESET_AFTER_ROLE(
            Moment.BEFORE_CONTENT, (speech, streamed, random) -> Script.of(speech.opening(streamed), Script.reset())),
    /** Says who is going to speak, and that this was all. */
    END_AFTER_ROLE(
            Moment.BEFORE_CONTENT, (speech, streamed, random) -> Script.of(speech.opening(streamed), ended(streamed))),
    /** Says one byte a second from the beginning of the body. */
    DRIP(
            Moment.BEFORE_CONTENT,
            (speech, streamed, random) ->
                    Script.of(speech.head(streamed), speech.drip(streamed, /* begun= */ false, 1_000))),
    /** Does not speak HTTP. */
    GARBAGE(Moment.BEFORE_CONTENT, Script.of(Script.raw("NOPE 1 2 3\r\n\r\nwhat?"), Script.cut())),
    /** Says 200 and what is neither an event nor JSON. */
    GARBAGE_BODY(
            Moment.BEFORE_CONTENT,
            (speech, streamed, random) -> Script.of(
                    unsized(streamed),
                    Script.send(streamed ? "data: \u0001 no JSON\n\n" : "\u0001 no JSON"),
                    Script.end())),
    /** A page of somebody else's under 200. */
    PAGE(Moment.BEFORE_CONTENT, page(200)),
    /** Says 200 and ends. */
    EMPTY(Moment.BEFORE_CONTENT, (speech, streamed, random) -> Script.of(unsized(streamed), Script.end())),
    /** A head without an end. */
    GIANT_HEAD(
            Moment.BEFORE_CONTENT,
            Script.of(Script.raw("HTTP/1.1 200 OK\r\nx-large: " + "x".repeat(200_000) + "\r\n\r\n"), Script.cut())),
    /** Its first event never ends; of a whole answer it is a string. */
    GIANT_OPENER(
            Moment.BEFORE_CONTENT,
            (speech, streamed, random) -> Script.of(
                    unsized(streamed), Script.send((streamed ? "data: " : "") + "{\"x\":\""), giant(streamed))),
    /** 429, without a word on when to come again. */
    LIMITED(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(429)),
    /** 429, to be asked again in seven seconds. */
    LIMITED_FOR_A_WHILE(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(429, "retry-after", "7")),
    /** 408. */
    SLOW_REQUEST(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(408)),
    /** 500, as often as it is asked. */
    SERVER_ERROR(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(500)),
    /** 502 and a page of a proxy's. */
    BAD_GATEWAY(Moment.BEFORE_CONTENT, page(502)),
    /** 503, to be asked again in a second. */
    UNAVAILABLE(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(503, "retry-after", "1")),
    /** 529 as a status. */
    OVERLOADED(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(529)),
    /** 200, and then overloaded where the first event should be. */
    OVERLOADED_EVENT(
            Moment.BEFORE_CONTENT,
            (speech, streamed, random) ->
                    streamed ? Script.of(speech.head(true), speech.failureEvent(), Script.end()) : speech.failure()),
    /** 401: the provider's key is not accepted. */
    KEY_REJECTED(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(401)),
    /** 403: this key may not use this model. */
    KEY_FORBIDDEN(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(403)),
    /** 400: nobody else would like the request better. */
    BAD_REQUEST(Moment.BEFORE_CONTENT, (speech, streamed, random) -> speech.refusal(400)),

    // When content has been sent; of a whole answer the half.

    /** Resets the connection in the middle of the text. */
    RESET_MID_STREAM(
            Moment.AFTER_CONTENT, (speech, streamed, random) -> Script.of(speech.begun(streamed), Script.reset())),
    /** Closes the connection in the middle of the text. */
    CLOSED_MID_STREAM(
            Moment.AFTER_CONTENT, (speech, streamed, random) -> Script.of(speech.begun(streamed), Script.cut())),
    /** Ends properly in the middle of the text. */
    END_MID_STREAM(
            Moment.AFTER_CONTENT, (speech, streamed, random) -> Script.of(speech.begun(streamed), ended(streamed))),
    /** Falls silent in the middle of the text. */
    STALL_MID_STREAM(
            Moment.AFTER_CONTENT, (speech, streamed, random) -> Script.of(speech.begun(streamed), Script.stall())),
    /** Says one byte a second from the middle of the text on. */
    DRIP_MID_STREAM(
            Moment.AFTER_CONTENT,
            (speech, streamed, random) ->
                    Script.of(speech.begun(streamed), speech.drip(streamed, /* begun= */ true, 1_000))),
    /** Says what is no event in the middle of the text. */
    GARBAGE_MID_STREAM(
            Moment.AFTER_CONTENT,
            (speech, streamed, random) ->
                    Script.of(speech.begun(streamed), Script.send("data: \u0001 no JSON\n\n"), ended(streamed))),
    /** Is overloaded in the middle of the text. */
    OVERLOADED_MID_STREAM(
            Moment.AFTER_CONTENT,
            (speech, streamed, random) -> Script.of(speech.begun(streamed), speech.failureEvent(), ended(streamed))),
    /** Goes on talking for ever. */
    ENDLESS(
            Moment.AFTER_CONTENT,
            (speech, streamed, random) -> streamed
                    ? Script.of(speech.begun(true), endlessly(speech.more()))
                    : Script.of(unsized(false), Script.send("{\"a\":\""), onAndOn("and so on, "))),
    /** An event of its text never ends; of a whole answer it is a string. */
    GIANT_EVENT(
            Moment.AFTER_CONTENT,
            (speech, streamed, random) -> Script.of(
                    streamed ? speech.begun(true) : unsized(false),
                    Script.send(streamed ? "data: {\"x\":\"" : "{\"x\":\""),
                    giant(streamed))),

    // Anywhere: the dice say where.

    /** Resets the connection after any number of bytes. */
    RESET_ANYWHERE(
            Moment.ANY_TIME, (speech, streamed, random) -> Script.of(speech.anyPart(streamed, random), Script.reset())),
    /** Closes the connection after any number of bytes. */
    CLOSED_ANYWHERE(
            Moment.ANY_TIME, (speech, streamed, random) -> Script.of(speech.anyPart(streamed, random), Script.cut())),
    /** Falls silent after any number of bytes. */
    STALL_ANYWHERE(
            Moment.ANY_TIME, (speech, streamed, random) -> Script.of(speech.anyPart(streamed, random), Script.stall())),
    /** Ends properly after any number of bytes. */
    END_ANYWHERE(
            Moment.ANY_TIME,
            (speech, streamed, random) -> Script.of(speech.anyPart(streamed, random), ended(streamed)));

    /** How far the answer has come by then. */
    enum Moment {
        NEVER,
        /** Nobody can be asked. */
        UNREACHABLE,
        BEFORE_CONTENT,
        AFTER_CONTENT,
        ANY_TIME
    }

    /** What is played to one request. */
    @FunctionalInterface
    private interface Play {
        Script of(Speech speech, boolean streamed, Random random);
    }

    private static final int PIECE_BYTES = 65_536;

    /** 8 MiB: no event is like that. */
    private static final int PIECES_OF_A_GIANT_EVENT = 128;

    /** 72 MiB: more than anybody keeps of an answer. */
    private static final int PIECES_OF_A_GIANT_BODY = 1_152;

    private static final int PAUSE_MILLIS = 20;

    private final Moment moment;
    private final Play play;

    Fault() {
        this(Moment.UNREACHABLE, (speech, streamed, random) -> {
            throw new AssertionError("a request has arrived where none can");
        });
    }

    Fault(Moment moment, Script script) {
        this(moment, (speech, streamed, random) -> script);
    }

    Fault(Moment moment, Play play) {
        this.moment = moment;
        this.play = play;
    }

    Moment moment() {
        return moment;
    }

    /** All that happen at {@code moment}. */
    static Set<Fault> at(Moment moment) {
        Set<Fault> faults = EnumSet.allOf(Fault.class);
        faults.removeIf(fault -> fault.moment != moment);
        return faults;
    }

    /** As it is called in the name of a model: {@code stall-before-head}. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The fault that a model is called after: {@code stall-before-head}, and {@code stall-before-head.anything}. */
    static Fault ofModel(String model) {
        int dot = model.indexOf('.');
        String label = dot < 0 ? model : model.substring(0, dot);
        return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** What it makes of {@code speech}. */
    Script script(Speech speech, boolean streamed, Random random) {
        return play.of(speech, streamed, random);
    }

    /** A good head that does not say how long the body is. */
    private static Script unsized(boolean streamed) {
        return Script.head(200, "content-type", streamed ? "text/event-stream" : "application/json");
    }

    /** The end of a stream; a whole answer, whose length was announced, can only be cut. */
    private static Script ended(boolean streamed) {
        return streamed ? Script.end() : Script.cut();
    }

    private static Script page(int status) {
        String page = "<!doctype html><html><body>welcome to the wrong host</body></html>";
        return Script.of(
                Script.head(status, "content-type", "text/html", "content-length", String.valueOf(page.length())),
                Script.send(page),
                Script.end());
    }

    private static Script giant(boolean streamed) {
        return Script.of(
                Script.repeat(
                        "x".repeat(PIECE_BYTES),
                        streamed ? PIECES_OF_A_GIANT_EVENT : PIECES_OF_A_GIANT_BODY,
                        new AtomicLong()),
                Script.stall());
    }

    private static Script onAndOn(String text) {
        return Script.drip(text, PAUSE_MILLIS);
    }

    private static Script endlessly(Script step) {
        return wire -> {
            while (true) {
                step.play(wire);
                Thread.sleep(PAUSE_MILLIS);
            }
        };
    }
}
