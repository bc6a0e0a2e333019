package dev.sluice.gateway.http1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.Recycler;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Header fields as the bytes of their lines, {@code name: value CRLF}, one behind the other in one array that is used
 * again: what has been received is kept without an object for each field, and what is to be sent goes out in one copy.
 * Strings are made of what is asked for, and of nothing else.
 *
 * <p>Names are compared without regard to case, and kept as they were given. Values are Latin-1. What is added is checked:
 * nothing in a name or a value can end a line. {@link #addReceived} takes what a parser has checked.
 *
 * <p>Thread: that of its owner.
 */
public final class FieldLines extends HttpHeaders {

    private static final int INITIAL_BYTES = 512;
    private static final int INITIAL_FIELDS = 16;
    /** What is kept for the next use. */
    private static final int MAX_KEPT_BYTES = 8 * 1024;

    private static final int MAX_LONG_DIGITS = 20;
    /** Where a field's line begins, where its colon stands, where its value ends. */
    private static final int MARKS = 3;

    private static final int SEPARATOR_BYTES = 2;
    private static final int LINE_END_BYTES = 2;

    private static final int MAX_SPARE = 256;

    /** Each one is kept, from the first on. */
    private static final int RATIO = 0;

    private static final int CHUNK = 8;

    private static final Recycler<FieldLines> SPARE = new Recycler<>(MAX_SPARE, RATIO, CHUNK) {
        @Override
        protected FieldLines newObject(Handle<FieldLines> handle) {
            return new FieldLines(handle);
        }
    };

    private final Recycler.@Nullable Handle<FieldLines> handle;
    private byte[] bytes;
    private int used;
    private int[] marks;
    private int count;

    /** Of its own, for what stays. */
    public FieldLines() {
        this((Recycler.Handle<FieldLines>) null);
    }

    private FieldLines(Recycler.@Nullable Handle<FieldLines> handle) {
        this.handle = handle;
        bytes = new byte[INITIAL_BYTES];
        marks = new int[INITIAL_FIELDS * MARKS];
    }

    /** The same fields, on their own. */
    private FieldLines(FieldLines other) {
        handle = null;
        bytes = Arrays.copyOf(other.bytes, Math.max(other.used, 1));
        used = other.used;
        marks = Arrays.copyOf(other.marks, Math.max(other.count, 1) * MARKS);
        count = other.count;
    }

    /** Empty ones that have been used on this thread before, if there are any. */
    public static FieldLines take() {
        return SPARE.get();
    }

    /**
     * Nobody reads these any more: if they came from {@link #take}, they are cleared and kept for it; others, and copies,
     * stay as they are. Whoever is given fields may do this, once; whoever only borrows them must not. Those that are not
     * given back are collected.
     */
    public void giveBack() {
        if (handle != null) {
            clear();
            handle.recycle(this);
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    /** Writes all lines, without the empty one behind them; borrows {@code out}. */
    public void writeTo(ByteBuf out) {
        out.writeBytes(bytes, 0, used);
    }

    /** Bytes that {@link #writeTo} writes. */
    public int byteSize() {
        return used;
    }

    /** The place of the first field of this name, to be used before anything changes; -1: there is none. */
    public int indexOf(CharSequence name) {
        return indexOf(name, 0);
    }

    /** Like {@link #indexOf(CharSequence)}, from place {@code from} on. */
    public int indexOf(CharSequence name, int from) {
        int length = name.length();
        for (int i = from; i < count; i++) {
            int start = marks[i * MARKS];
            if (marks[i * MARKS + 1] - start == length && isSame(name, start)) {
                return i;
            }
        }
        return -1;
    }

    /** How many characters the name of the field at this place has. */
    public int nameLength(int index) {
        return marks[index * MARKS + 1] - marks[index * MARKS];
    }

    /** Whether the name of the field at this place begins so, or is this. */
    public boolean nameStartsWith(int index, CharSequence beginning) {
        return nameLength(index) >= beginning.length() && isSame(beginning, marks[index * MARKS]);
    }

    /** Whether the value at this place begins so, without regard to case. */
    public boolean valueStartsWith(int index, CharSequence beginning) {
        int start = valueStart(index);
        return valueEnd(index) - start >= beginning.length() && isSame(beginning, start);
    }

    /** Whether there is a field with the name of that at {@code index} of {@code other}. */
    public boolean containsNameOf(FieldLines other, int index) {
        int length = other.nameLength(index);
        int from = other.marks[index * MARKS];
        for (int i = 0; i < count; i++) {
            if (nameLength(i) == length && isSame(other.bytes, from, marks[i * MARKS], length)) {
                return true;
            }
        }
        return false;
    }

    private boolean isSame(byte[] name, int from, int start, int length) {
        for (int i = 0; i < length; i++) {
            if (lower(bytes[start + i]) != lower(name[from + i])) {
                return false;
            }
        }
        return true;
    }

    /** The array that {@link #valueStart} and {@link #valueEnd} mean; not to be changed, nor kept. */
    public byte[] array() {
        return bytes;
    }

    public int valueStart(int index) {
        return marks[index * MARKS + 1] + SEPARATOR_BYTES;
    }

    public int valueEnd(int index) {
        return marks[index * MARKS + 2];
    }

    /** Whether the value at this place is {@code text}, without regard to case. */
    public boolean isValue(int index, CharSequence text) {
        int start = valueStart(index);
        return valueEnd(index) - start == text.length() && isSame(text, start);
    }

    // ---- what the parser does -------------------------------------------------------------------------------------

    /** Copies whole lines behind all that is here, where they are no fields yet; gives where they begin. */
    int receive(ByteBuf in, int from, int to) {
        ensureBytes(to - from);
        in.getBytes(from, bytes, used, to - from);
        return used;
    }

    /** The line that has been received at {@code start}, and stands there as it would be written, is a field. */
    void keep(int start, int colon, int valueEnd) {
        ensureFields(1);
        end(start, colon, valueEnd);
    }

    /** Adds a field as it was received and checked; copies from {@code from}, which it borrows. */
    void addReceived(byte[] from, int nameStart, int nameEnd, int valueStart, int valueEnd) {
        int nameBytes = nameEnd - nameStart;
        int valueBytes = valueEnd - valueStart;
        int start = begin(nameBytes + valueBytes);
        System.arraycopy(from, nameStart, bytes, start, nameBytes);
        int value = separate(start + nameBytes);
        System.arraycopy(from, valueStart, bytes, value, valueBytes);
        end(start, start + nameBytes, value + valueBytes);
    }

    /** Adds the field at this place of {@code other} as it is. */
    public void addLine(FieldLines other, int index) {
        int from = other.marks[index * MARKS];
        int length = other.valueEnd(index) - from;
        int start = begin(length);
        System.arraycopy(other.bytes, from, bytes, start, length);
        end(start, start + other.nameLength(index), start + length);
    }

    /** Adds what the field at this place of {@code other} says, under another name. */
    public void addValue(CharSequence name, FieldLines other, int index) {
        int from = other.valueStart(index);
        int length = other.valueEnd(index) - from;
        int start = begin(name.length() + length);
        int at = separate(putName(name, start));
        System.arraycopy(other.bytes, from, bytes, at, length);
        end(start, at - SEPARATOR_BYTES, at + length);
    }

    /**
     * Adds the field at this place of {@code other} under a longer name.
     *
     * @param prefix stands before its name, in lower case
     * @param skipped how many characters of the name are left out in front
     */
    public void addPrefixed(CharSequence prefix, int skipped, FieldLines other, int index) {
        int from = other.marks[index * MARKS] + skipped;
        int length = other.valueEnd(index) - from;
        int start = begin(prefix.length() + length);
        int name = putName(prefix, start);
        System.arraycopy(other.bytes, from, bytes, name, length);
        end(start, name + other.nameLength(index) - skipped, name + length);
    }

    /** Adds a number without making a string of it. */
    public void addLong(CharSequence name, long value) {
        int start = begin(name.length() + MAX_LONG_DIGITS);
        int at = separate(putName(name, start));
        int to = putLong(value, at);
        end(start, at - SEPARATOR_BYTES, to);
    }

    /** Like {@link #addLong}, in the place of all fields of this name. */
    public void setLong(CharSequence name, long value) {
        remove(name);
        addLong(name, value);
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    @Override
    public @Nullable String get(String name) {
        return get((CharSequence) name);
    }

    @Override
    public @Nullable String get(CharSequence name) {
        int found = indexOf(name);
        return found < 0 ? null : value(found);
    }

    @Override
    public @Nullable Integer getInt(CharSequence name) {
        String value = get(name);
        try {
            return value == null ? null : Integer.valueOf(value);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    @Override
    public int getInt(CharSequence name, int otherwise) {
        Integer value = getInt(name);
        return value == null ? otherwise : value;
    }

    @Override
    public @Nullable Short getShort(CharSequence name) {
        String value = get(name);
        try {
            return value == null ? null : Short.valueOf(value);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    @Override
    public short getShort(CharSequence name, short otherwise) {
        Short value = getShort(name);
        return value == null ? otherwise : value;
    }

    @Override
    @SuppressWarnings("JavaUtilDate") // Netty's formatter gives no other.
    public @Nullable Long getTimeMillis(CharSequence name) {
        String value = get(name);
        Date date = value == null ? null : DateFormatter.parseHttpDate(value);
        return date == null ? null : date.getTime();
    }

    @Override
    public long getTimeMillis(CharSequence name, long otherwise) {
        Long value = getTimeMillis(name);
        return value == null ? otherwise : value;
    }

    @Override
    public List<String> getAll(String name) {
        return getAll((CharSequence) name);
    }

    @Override
    public List<String> getAll(CharSequence name) {
        int first = indexOf(name);
        if (first < 0) {
            return List.of();
        }
        List<String> values = new ArrayList<>(1);
        for (int i = first; i >= 0; i = indexOf(name, i + 1)) {
            values.add(value(i));
        }
        return values;
    }

    @Override
    public List<Map.Entry<String, String>> entries() {
        List<Map.Entry<String, String>> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(new SimpleImmutableEntry<>(name(i), value(i)));
        }
        return entries;
    }

    @Override
    public boolean contains(String name) {
        return indexOf(name) >= 0;
    }

    @Override
    public boolean contains(CharSequence name) {
        return indexOf(name) >= 0;
    }

    @Override
    public boolean contains(String name, String value, boolean ignoreCase) {
        return contains((CharSequence) name, value, ignoreCase);
    }

    @Override
    public boolean contains(CharSequence name, CharSequence value, boolean ignoreCase) {
        for (int i = indexOf(name); i >= 0; i = indexOf(name, i + 1)) {
            if (ignoreCase ? isValue(i, value) : value(i).contentEquals(value)) {
                return true;
            }
        }
        return false;
    }

    /** Also as one of several, with commas between them. */
    @Override
    public boolean containsValue(CharSequence name, CharSequence value, boolean ignoreCase) {
        for (int i = indexOf(name); i >= 0; i = indexOf(name, i + 1)) {
            if (isListed(valueStart(i), valueEnd(i), value, ignoreCase)) {
                return true;
            }
        }
        return false;
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // The deprecation is Netty's.
    public Iterator<Map.Entry<String, String>> iterator() {
        return entries().iterator();
    }

    @Override
    public Iterator<Map.Entry<CharSequence, CharSequence>> iteratorCharSequence() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < count;
            }

            @Override
            public Map.Entry<CharSequence, CharSequence> next() {
                if (next >= count) {
                    throw new NoSuchElementException();
                }
                int index = next++;
                return new SimpleImmutableEntry<>(name(index), value(index));
            }
        };
    }

    @Override
    public boolean isEmpty() {
        return count == 0;
    }

    @Override
    public int size() {
        return count;
    }

    @Override
    public Set<String> names() {
        Set<String> names = LinkedHashSet.newLinkedHashSet(count);
        for (int i = 0; i < count; i++) {
            names.add(name(i));
        }
        return names;
    }

    /** The name of the field at this place, as it was given. */
    public String name(int index) {
        int start = marks[index * MARKS];
        return latin1(start, marks[index * MARKS + 1]);
    }

    /** The value of the field at this place. */
    public String value(int index) {
        return latin1(valueStart(index), valueEnd(index));
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    @Override
    public FieldLines add(String name, Object value) {
        return add((CharSequence) name, value);
    }

    @Override
    public FieldLines add(CharSequence name, Object value) {
        CharSequence text = text(value);
        int start = begin(name.length() + text.length());
        int at = separate(putName(name, start));
        end(start, at - SEPARATOR_BYTES, putValue(name, text, at));
        return this;
    }

    @Override
    public FieldLines add(String name, Iterable<?> values) {
        for (Object value : values) {
            add((CharSequence) name, value);
        }
        return this;
    }

    /** Of another one of these: a copy of its bytes. */
    @Override
    public FieldLines add(HttpHeaders headers) {
        if (!(headers instanceof FieldLines other)) {
            super.add(headers);
            return this;
        }
        ensureBytes(other.used);
        ensureFields(other.count);
        System.arraycopy(other.bytes, 0, bytes, used, other.used);
        for (int i = 0; i < other.count * MARKS; i++) {
            marks[count * MARKS + i] = other.marks[i] + used;
        }
        used += other.used;
        count += other.count;
        return this;
    }

    @Override
    public FieldLines addInt(CharSequence name, int value) {
        addLong(name, value);
        return this;
    }

    @Override
    public FieldLines addShort(CharSequence name, short value) {
        addLong(name, value);
        return this;
    }

    @Override
    public FieldLines set(String name, Object value) {
        return set((CharSequence) name, value);
    }

    @Override
    public FieldLines set(CharSequence name, Object value) {
        remove(name);
        return add(name, value);
    }

    @Override
    public FieldLines set(String name, Iterable<?> values) {
        remove((CharSequence) name);
        return add(name, values);
    }

    @Override
    public FieldLines setInt(CharSequence name, int value) {
        setLong(name, value);
        return this;
    }

    @Override
    public FieldLines setShort(CharSequence name, short value) {
        setLong(name, value);
        return this;
    }

    @Override
    public FieldLines remove(String name) {
        return remove((CharSequence) name);
    }

    @Override
    public FieldLines remove(CharSequence name) {
        for (int i = indexOf(name); i >= 0; i = indexOf(name, i)) {
            cut(i);
        }
        return this;
    }

    @Override
    public FieldLines clear() {
        used = 0;
        count = 0;
        if (bytes.length > MAX_KEPT_BYTES) {
            bytes = new byte[INITIAL_BYTES];
        }
        if (marks.length > MAX_KEPT_BYTES / Integer.BYTES) {
            marks = new int[INITIAL_FIELDS * MARKS];
        }
        return this;
    }

    @Override
    public FieldLines copy() {
        return new FieldLines(this);
    }

    // ---- the array ------------------------------------------------------------------------------------------------

    /** Room for one more line; gives where it begins. */
    private int begin(int textBytes) {
        ensureBytes(textBytes + SEPARATOR_BYTES + LINE_END_BYTES);
        ensureFields(1);
        return used;
    }

    /** Gives where the value begins. */
    private int separate(int colon) {
        bytes[colon] = ':';
        bytes[colon + 1] = ' ';
        return colon + SEPARATOR_BYTES;
    }

    private void end(int start, int colon, int valueEnd) {
        bytes[valueEnd] = '\r';
        bytes[valueEnd + 1] = '\n';
        int mark = count * MARKS;
        marks[mark] = start;
        marks[mark + 1] = colon;
        marks[mark + 2] = valueEnd;
        count++;
        used = valueEnd + LINE_END_BYTES;
    }

    private void ensureBytes(int more) {
        if (bytes.length - used < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, used + more));
        }
    }

    private void ensureFields(int more) {
        if (marks.length < (count + more) * MARKS) {
            marks = Arrays.copyOf(marks, Math.max(marks.length * 2, (count + more) * MARKS));
        }
    }

    /** Gives where the colon is to stand. */
    private int putName(CharSequence name, int start) {
        int length = name.length();
        if (length == 0) {
            throw new IllegalArgumentException("a header's name must not be empty");
        }
        if (name instanceof AsciiString ascii) {
            System.arraycopy(ascii.array(), ascii.arrayOffset(), bytes, start, length);
        } else {
            putText(name, start);
        }
        for (int i = start; i < start + length; i++) {
            if (!FieldParser.isTokenChar(bytes[i])) {
                throw new IllegalArgumentException("a header's name must be a token (RFC 9110), not '" + name + "'");
            }
        }
        return start + length;
    }

    /** Gives where the value ends. The message of a refusal does not tell the value, which may be a secret. */
    private int putValue(CharSequence name, CharSequence value, int start) {
        int length = value.length();
        if (value instanceof AsciiString ascii) {
            System.arraycopy(ascii.array(), ascii.arrayOffset(), bytes, start, length);
        } else {
            putText(value, start);
        }
        for (int i = start; i < start + length; i++) {
            if (!FieldParser.isValueByte(bytes[i])) {
                throw new IllegalArgumentException(
                        "the value of header '" + name + "' has a control character at index " + (i - start));
            }
        }
        return start + length;
    }

    private void putText(CharSequence text, int start) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[start + i] = c > 0xff ? (byte) '?' : (byte) c;
        }
    }

    /** Gives where the number ends. */
    private int putLong(long value, int start) {
        if (value < 0) {
            String text = Long.toString(value);
            for (int i = 0; i < text.length(); i++) {
                bytes[start + i] = (byte) text.charAt(i);
            }
            return start + text.length();
        }
        int digits = 1;
        for (long rest = value; rest > 9; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = start + digits - 1; i >= start; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return start + digits;
    }

    private void cut(int index) {
        int start = marks[index * MARKS];
        int end = valueEnd(index) + LINE_END_BYTES;
        System.arraycopy(bytes, end, bytes, start, used - end);
        used -= end - start;
        count--;
        for (int i = index * MARKS; i < count * MARKS; i++) {
            marks[i] = marks[i + MARKS] - (end - start);
        }
    }

    private boolean isSame(CharSequence name, int start) {
        for (int i = 0; i < name.length(); i++) {
            if (lower(bytes[start + i]) != lower((byte) name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean isListed(int from, int to, CharSequence value, boolean ignoreCase) {
        for (int start = from; start <= to; ) {
            int comma = start;
            while (comma < to && bytes[comma] != ',') {
                comma++;
            }
            int first = start;
            int end = comma;
            while (first < end && isBlank(bytes[first])) {
                first++;
            }
            while (end > first && isBlank(bytes[end - 1])) {
                end--;
            }
            if (end - first == value.length()
                    && (ignoreCase ? isSame(value, first) : latin1(first, end).contentEquals(value))) {
                return true;
            }
            start = comma + 1;
        }
        return false;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }

    private String latin1(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static CharSequence text(Object value) {
        return switch (value) {
            case CharSequence text -> text;
            case Date date -> DateFormatter.format(date);
            case Calendar calendar -> DateFormatter.format(calendar.getTime());
            default -> value.toString();
        };
    }
}
