package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Carries an event stream between two sides of the same wire format: the provider's bytes as they are, whole events at
 * a time, without the usage reports that only the gateway asked for.
 *
 * <pre>
 *  one read:      ...tail of an event | event | event | usage | event | head of an ev...
 *                 '--- held before ---'                                '--- held now ---'
 *  to the client: [ held ][----- slice of the read -----]      [ rest ]
 * </pre>
 *
 * <p>An event is passed on only when it is complete, so that a lost connection leaves no half event at the client and
 * a report to be dropped has not been sent in part. Its head is copied aside for that, up to 64 KiB; a larger event
 * flows as it comes. The first events are held until one says something that the model has generated:
 *
 * <pre>
 *              role, ping, comment, usage, empty delta
 *                              │ ▲
 *                              ▼ │
 *   first byte ──────────▶  HOLDING  ──── error, garbage ────▶ FAILED: what is held is dropped
 *                              │
 *                              ▼  content, the end, release(), more than 64 KiB
 *                           FLOWING  ──── error ─────────────▶ passes as an event
 * </pre>
 *
 * As long as it holds, an error can still become an error status, or another attempt. Behind that, in the ordinary case,
 * a read of whole events, the very buffer that came in goes out. Thread: event loop.
 */
final class PassThroughRelay implements Relay, SseScanner.Listener {
    static final int MAX_HELD_BYTES = 64 << 10;

    private final AnswerReader answer;
    private final boolean stripUsage;
    private final @Nullable AnswerCost cost;
    private final SseScanner scanner = new SseScanner(this);

    private final HeldBytes held = new HeldBytes();
    /** Where the current event begins in the buffer being read; its start when it began in an earlier one. */
    private int eventStart;

    private boolean holding = true;
    private boolean written;
    private boolean failed;
    /** The current event has been written in part. */
    private boolean midEvent;

    private boolean dropping;
    private boolean lastDropped;
    /** The event to be dropped goes on in another form. */
    private boolean rewriting;

    /** There is an answer: content, or an end without any. */
    private boolean accepted;

    private boolean contentSeen;
    private boolean doneSeen;
    private boolean errorSeen;
    private boolean garbageSeen;

    PassThroughRelay(AnswerReader answer, boolean stripUsage, @Nullable AnswerCost cost) {
        this.answer = answer;
        this.stripUsage = stripUsage;
        this.cost = cost;
        answer.mayBeCut();
    }

    @Override
    public State onBytes(ByteBuf bytes, RelaySink sink) {
        boolean given = false;
        try {
            int end = bytes.writerIndex();
            int from = failed ? end : readEvents(bytes, sink);
            if (!failed && holding && held.size() + end - from > MAX_HELD_BYTES) {
                // Heartbeats, or the head of one large event, are let go; what was never an event stream is not.
                failed = garbageSeen || scanner.strayLineSeen();
                holding = failed;
            }
            if (!failed && from < end) {
                if (holding) {
                    hold(bytes, from);
                } else if (pass(bytes, from, sink)) {
                    given = true;
                    write(bytes, sink);
                }
            }
        } finally {
            if (!given) {
                bytes.release();
            }
        }
        if (failed) {
            held.drop();
            return State.FAILED_UNCOMMITTED;
        }
        return doneSeen ? State.END_MARKER_SEEN : State.FLOWING;
    }

    @Override
    public void release(RelaySink sink) {
        if (!holding || failed) {
            return;
        }
        holding = false;
        ByteBuf whole = held.takeComplete();
        if (whole != null) {
            write(whole, sink);
        }
    }

    @Override
    public Ending onEnd(boolean clean, RelaySink sink) {
        if (!failed && scanner.end()) {
            endTail(sink);
        }
        if (errorSeen) {
            return Ending.PROVIDER_ERROR;
        }
        if (answer.finished() && !failed) {
            // It may have ended without content, and without a marker.
            release(sink);
            return Ending.COMPLETE;
        }
        boolean garbage = garbageSeen || scanner.strayLineSeen() || failed;
        return garbage && !isCommitted() ? Ending.MALFORMED : Ending.TRUNCATED;
    }

    @Override
    public Cut cut(StreamCut cut, RelaySink sink) {
        if (!written) {
            return Cut.NOTHING_WRITTEN;
        }
        if (midEvent) {
            return Cut.IMPOSSIBLE;
        }
        if (doneSeen || errorSeen) {
            return Cut.WRITTEN;
        }
        // The head of an event whose rest nobody waits for.
        held.drop();
        ByteBuf ending = answer.cut(cut);
        if (ending == null) {
            return Cut.IMPOSSIBLE;
        }
        if (ending.isReadable()) {
            write(ending, sink);
        } else {
            ending.release();
        }
        return Cut.WRITTEN;
    }

    @Override
    public boolean holding() {
        return holding;
    }

    @Override
    public boolean contentSeen() {
        return contentSeen;
    }

    @Override
    public boolean atEventBoundary() {
        return !midEvent;
    }

    @Override
    public void close() {
        held.drop();
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        // What follows the end marker is nobody's business: neither relayed nor metered.
        if (!doneSeen) {
            answer.onPayload(buffer, index, length);
        }
    }

    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        if (hasPayload) {
            if (doneSeen) {
                dropping = !midEvent;
            } else {
                judge(endPayload());
                rewriting = cost != null && !dropping && !failed && !midEvent && answer.reportedUsage();
            }
        }
        lastDropped = dropping;
        dropping |= rewriting;
        if (dropping || failed) {
            return false;
        }
        midEvent = false;
        eventStart = end;
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        dropping = lastDropped;
        if (!dropping) {
            eventStart = end;
        }
        return !dropping;
    }

    /** Reads to the end of {@code bytes} and gets rid of events to be dropped; returns where the rest begins. */
    private int readEvents(ByteBuf bytes, RelaySink sink) {
        int end = bytes.writerIndex();
        int from = bytes.readerIndex();
        eventStart = from;
        int i = from;
        while (i < end && !failed && !scanner.isOversize()) {
            i = scanner.scan(bytes, i, end);
            if (dropping) {
                dropping = false;
                ByteBuf event = rewriting ? wholeEvent(bytes, from, i) : null;
                passBefore(bytes, from, sink);
                from = i;
                eventStart = i;
                if (event != null) {
                    writeWithCost(event, sink);
                }
            }
        }
        garbageSeen |= scanner.isOversize();
        return from;
    }

    /** The event that begins at {@link #eventStart} is to be dropped: what is before it takes its way. */
    private void passBefore(ByteBuf bytes, int from, RelaySink sink) {
        if (eventStart == from) {
            // It began in an earlier read: the part of it that was set aside goes, too.
            held.dropHead();
        } else if (holding) {
            held.add(bytes, from, eventStart);
            held.completeWith(0);
        } else {
            writeHeld(sink);
            write(bytes.retainedSlice(from, eventStart - from), sink);
        }
    }

    /** A copy of the event that ends at {@code end}, with what was set aside of it; gives it. */
    private ByteBuf wholeEvent(ByteBuf bytes, int from, int end) {
        boolean begunBefore = eventStart == from;
        int setAside = begunBefore ? held.size() - held.complete() : 0;
        ByteBuf event = bytes.alloc().buffer(setAside + end - eventStart);
        if (begunBefore) {
            held.copyHead(event);
        }
        return event.writeBytes(bytes, eventStart, end - eventStart);
    }

    /** Takes {@code event}. */
    private void writeWithCost(ByteBuf event, RelaySink sink) {
        rewriting = false;
        String usd = cost == null ? null : cost.usd();
        ByteBuf costed = usd == null ? null : CostSplice.apply(event, usd);
        if (costed != null) {
            event.release();
        }
        ByteBuf told = costed == null ? event : costed;
        if (holding) {
            held.add(told, told.readerIndex(), told.writerIndex());
            told.release();
            held.completeWith(0);
        } else {
            writeHeld(sink);
            write(told, sink);
        }
    }

    /** Nothing may be written yet. */
    private void hold(ByteBuf bytes, int from) {
        if (eventStart > from) {
            held.completeWith(eventStart - from);
        }
        held.add(bytes, from, bytes.writerIndex());
    }

    /**
     * Writes what is held and completed, sets the head of an event aside if it is not too large, and narrows {@code
     * bytes} to what may go; borrows it. Returns whether anything of it may.
     */
    private boolean pass(ByteBuf bytes, int from, RelaySink sink) {
        int to = eventStart;
        if (to > from) {
            writeHeld(sink);
        }
        int end = bytes.writerIndex();
        if (midEvent || held.size() + end - to > MAX_HELD_BYTES) {
            writeHeld(sink);
            midEvent = to < end;
            contentSeen |= midEvent;
            to = end;
        } else if (to < end) {
            held.add(bytes, to, end);
        }
        bytes.setIndex(from, to);
        return to > from;
    }

    /** The stream ended without the empty line behind its last event, which counts if it is complete nevertheless. */
    private void endTail(RelaySink sink) {
        if (doneSeen) {
            return;
        }
        AnswerReader.Event event = endPayload();
        if (event == AnswerReader.Event.MALFORMED || event == AnswerReader.Event.EMPTY) {
            return;
        }
        judge(event);
        if (!failed && !dropping && (!holding || answer.finished())) {
            holding = false;
            writeHeld(sink);
            // The empty line is still missing: nothing can be appended.
            midEvent = true;
        }
    }

    private AnswerReader.Event endPayload() {
        if (scanner.isNamedError()) {
            answer.onNamedError();
        }
        return answer.onPayloadEnd();
    }

    private void judge(AnswerReader.Event event) {
        if (errorSeen && !midEvent) {
            // The provider has said that this is no success: what it says afterwards, its end marker first of all, must
            // not contradict that. A usage report behind the error has been read. Responses tell of an error twice.
            dropping = event != AnswerReader.Event.ERROR;
            doneSeen |= event == AnswerReader.Event.DONE;
            return;
        }
        switch (event) {
            case CONTENT -> {
                contentSeen = true;
                accept();
            }
            case USAGE_ONLY -> dropping = stripUsage && !midEvent;
            case DONE -> {
                doneSeen = true;
                accept();
            }
            case ERROR -> {
                errorSeen = true;
                failed = !isCommitted();
            }
            case MALFORMED -> {
                garbageSeen = true;
                failed = !isCommitted();
            }
            case OTHER, EMPTY -> {}
        }
    }

    /** This is an answer: nothing has to be held any longer. */
    private void accept() {
        accepted = true;
        holding = false;
    }

    /** Whether the client has got something of this answer, or is about to. */
    private boolean isCommitted() {
        return written || accepted;
    }

    private void writeHeld(RelaySink sink) {
        ByteBuf whole = held.take();
        if (whole != null) {
            write(whole, sink);
        }
    }

    /** Takes {@code bytes}. */
    private void write(ByteBuf bytes, RelaySink sink) {
        written = true;
        sink.write(bytes);
    }
}
