package dev.sluice.codec.relay;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonScanner;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonValue;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Puts what an answer costs into the event that reports its usage: {@code "cost":0.0000015} becomes the last member of
 * {@code usage}, every other byte stays. Once a stream, and only for callers who ask for it.
 *
 * <p>Thread: event loop.
 */
final class CostSplice implements JsonMembers {
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};
    private static final int DEPTH = 64;
    private static final int NOWHERE = -1;

    private boolean inUsage;
    private boolean hasCost;
    private int insertAt = NOWHERE;
    private boolean empty;

    private CostSplice() {}

    /**
     * @param event a whole event with its framing; borrows it
     * @param costUsd a JSON number
     * @return the event with its cost; gives it. Null when it has no usage to put it into, or tells a cost itself
     */
    static @Nullable ByteBuf apply(ByteBuf event, String costUsd) {
        int begin = dataBegin(event);
        int end = begin < 0 ? -1 : lineEnd(event, begin);
        if (begin < 0 || dataBegin(event.slice(end, event.writerIndex() - end)) >= 0) {
            return null;
        }
        CostSplice places = new CostSplice();
        try (JsonScanner scanner = new JsonScanner(new JsonLimits(DEPTH), places)) {
            scanner.feed(event.slice(begin, end - begin));
            scanner.end();
        } catch (JsonSyntaxException e) {
            return null;
        }
        if (places.insertAt == NOWHERE || places.hasCost) {
            return null;
        }
        int at = begin + places.insertAt;
        byte[] member = ((places.empty ? "\"cost\":" : ",\"cost\":") + costUsd).getBytes(StandardCharsets.US_ASCII);
        ByteBuf spliced = event.alloc().buffer(event.readableBytes() + member.length);
        spliced.writeBytes(event, event.readerIndex(), at - event.readerIndex());
        spliced.writeBytes(member);
        return spliced.writeBytes(event, at, event.writerIndex() - at);
    }

    /** Where the data of the first line that has some begins; -1 without one. */
    private static int dataBegin(ByteBuf event) {
        int line = event.readerIndex();
        while (line < event.writerIndex()) {
            if (beginsWithData(event, line)) {
                return line + DATA.length;
            }
            line = lineEnd(event, line) + 1;
        }
        return -1;
    }

    private static boolean beginsWithData(ByteBuf event, int at) {
        if (event.writerIndex() - at < DATA.length) {
            return false;
        }
        for (int i = 0; i < DATA.length; i++) {
            if (event.getByte(at + i) != DATA[i]) {
                return false;
            }
        }
        return true;
    }

    private static int lineEnd(ByteBuf event, int from) {
        int i = from;
        while (i < event.writerIndex() && event.getByte(i) != '\n' && event.getByte(i) != '\r') {
            i++;
        }
        return i;
    }

    @Override
    public void onName(int depth, String name) {
        if (depth == 1) {
            inUsage = name.equals("usage");
        } else if (inUsage && name.equals("cost")) {
            hasCost = true;
        }
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) {}

    @Override
    public void onObjectEnd(int depth, int place, boolean isEmpty) {
        if (depth == 2 && inUsage) {
            insertAt = place;
            empty = isEmpty;
        }
    }
}
