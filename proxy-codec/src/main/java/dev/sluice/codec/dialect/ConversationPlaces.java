package dev.sluice.codec.dialect;

import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.json.JsonShape;
import io.netty.buffer.ByteBuf;
import io.netty.util.Recycler;

/**
 * Where in the requests of a dialect a conversation begins, and a number that stays the same while it grows: equal
 * numbers lead a conversation's turns to the target that has cached its prompt.
 *
 * <p>Hashed are the first bytes of what the model gets to read, up to the end of the user's first message, since all
 * that can stand behind it differs from turn to turn:
 *
 * <pre>
 *   texts of the system prompt  FF  texts of the first message  FF  …  texts of the user's first  FF
 *   '------------------------------- at most 1024 bytes -------------------------------------------'
 * </pre>
 *
 * <p>Texts are UTF-8, unescaped, and told apart by a byte that UTF-8 does not have. How a message is put together does
 * not count: a text may be a string in one turn and a list of one part with a mark for caching in the next. The walk
 * ends where nothing more can count; with the system prompt in a member of its own, which comes last or not at all, that
 * is the end of the body.
 *
 * <p>Memory is fixed, whatever the body's length. Immutable. Thread: any.
 *
 * @param shape the places, with the ids below
 * @param systemApart whether the system prompt is no message but a member of its own, before or behind the messages
 * @param userUnlessSaid whose a message without role is
 */
public record ConversationPlaces(JsonShape shape, boolean systemApart, boolean userUnlessSaid) {

    /** The member with all messages, or one string in their place. */
    public static final int MESSAGES = 1;
    /** A message; announced. */
    public static final int MESSAGE = 2;
    /** Whose it is; kept. */
    public static final int ROLE = 3;
    /** What it says, streamed; or, alone, a text or the number of a token. */
    public static final int TEXT = 4;
    /** The member with the system prompt, streamed; and a text in it. */
    public static final int SYSTEM = 5;

    public static final int SYSTEM_TEXT = 6;

    private static final int MAX_BYTES = 1024;
    private static final int PIECE_BYTES = 1024;
    private static final byte END = (byte) 0xFF;

    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    /**
     * The conversation that {@code body} belongs to; one number for all that have no prompt.
     *
     * @param body whole, and accepted by a {@link RequestReader}; borrows it, reads it by absolute index
     */
    public long hash(ByteBuf body) {
        Walk walk = Walk.SPARE.get();
        walk.begin(this);
        int end = body.writerIndex();
        for (int i = body.readerIndex(); i < end && !walk.isDone(); i += PIECE_BYTES) {
            walk.reader.feed(body, i, Math.min(PIECE_BYTES, end - i));
        }
        long hash = walk.hash();
        walk.handle.recycle(walk);
        return hash;
    }

    /** The first bytes of some texts. */
    private static final class Texts {
        private final byte[] bytes = new byte[MAX_BYTES];
        private int length;
        private boolean complete;

        void begin(boolean none) {
            length = 0;
            complete = none;
        }

        void append(byte[] utf8, int from, int to) {
            if (!complete) {
                int count = Math.min(to - from, MAX_BYTES - length);
                System.arraycopy(utf8, from, bytes, length, count);
                length += count;
                complete = length == MAX_BYTES;
            }
        }

        void append(byte single) {
            if (!complete) {
                bytes[length++] = single;
                complete = length == MAX_BYTES;
            }
        }

        /** FNV-1a over at most {@code most} of them. */
        long hash(long before, int most) {
            long hash = before;
            for (int i = 0; i < Math.min(length, most); i++) {
                hash = (hash ^ (bytes[i] & 0xFF)) * FNV_PRIME;
            }
            return hash;
        }
    }

    /** One walk over a body after another. */
    private static final class Walk implements JsonReader.Listener {
        static final Recycler<Walk> SPARE = new Recycler<>(4, 0, 4) {
            @Override
            protected Walk newObject(Handle<Walk> handle) {
                return new Walk(handle);
            }
        };

        private final Recycler.Handle<Walk> handle;
        private final JsonReader reader = new JsonReader(JsonShape.path(), this);
        private boolean userUnlessSaid;
        private final Texts system = new Texts();
        private final Texts said = new Texts();
        private boolean inMessage;
        private boolean usersMessage;

        private Walk(Recycler.Handle<Walk> handle) {
            this.handle = handle;
        }

        void begin(ConversationPlaces places) {
            userUnlessSaid = places.userUnlessSaid();
            system.begin(/* none= */ !places.systemApart());
            said.begin(/* none= */ false);
            inMessage = false;
            usersMessage = false;
            reader.rest();
            reader.begin(places.shape());
        }

        /** Whether nothing that follows can count. */
        boolean isDone() {
            return system.complete && (said.complete || system.length + said.length >= MAX_BYTES);
        }

        long hash() {
            long hash = said.hash(system.hash(FNV_OFFSET, MAX_BYTES), MAX_BYTES - system.length);
            // FNV's upper bits know little of the last bytes: mixed as in SplitMix64.
            hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
            hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
            return hash ^ (hash >>> 31);
        }

        @Override
        public void onOpen(int id, Kind container) {
            inMessage = container == Kind.OBJECT;
            usersMessage = inMessage && userUnlessSaid;
        }

        @Override
        public void onText(int id, byte[] bytes, int from, int to) {
            Texts texts = id == SYSTEM || id == SYSTEM_TEXT ? system : said;
            texts.append(bytes, from, to);
        }

        @Override
        public void onValue(int id, JsonReader value) {
            switch (id) {
                case SYSTEM -> endSystem();
                case ROLE -> usersMessage = value.kind() == Kind.STRING && value.textEquals("user");
                case MESSAGE -> {
                    if (inMessage) {
                        inMessage = false;
                        said.append(END);
                        said.complete |= usersMessage;
                    }
                }
                case TEXT -> endText(value);
                case MESSAGES -> {
                    if (value.kind() == Kind.STRING) {
                        said.append(END);
                    }
                    said.complete = true;
                }
                default -> {}
            }
        }

        /** An empty one is none. */
        private void endSystem() {
            if (system.length > 0) {
                system.append(END);
            }
            system.complete = true;
        }

        /** Outside of messages each text stands for itself, and a prompt may come as the numbers of its tokens. */
        private void endText(JsonReader value) {
            if (value.kind() == Kind.NUMBER) {
                long token = value.number();
                for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
                    said.append((byte) (token >>> shift));
                }
            } else if (!inMessage && value.kind() == Kind.STRING) {
                said.append(END);
            }
        }
    }
}
