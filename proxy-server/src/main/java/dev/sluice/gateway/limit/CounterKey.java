package dev.sluice.gateway.limit;

import dev.sluice.gateway.auth.Principal;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which counter: a rule, and the values of its dimensions. One in a {@link Grant} is filled anew for each rule and only
 * asked for; what the table keeps is a {@link #copy}. Comparable, so that a caller who makes up values with the same hash
 * code makes a tree of them, and no list.
 *
 * <p>An address of version 6 counts as its network of 64 bits, which is what one subscriber has; a value that is longer than
 * {@value #LONGEST_CHARS} characters as its SHA-256. Thread: one while it is filled, any for a copy.
 */
final class CounterKey implements Comparable<CounterKey> {
    private static final int LONGEST_CHARS = 256;
    private static final int NETWORK_BYTES = 8;

    /** The golden ratio of 2^32, odd: ids that follow each other lie far apart. */
    private static final int SPREAD = 0x9E3779B9;

    private static final int IPV4_BYTES = 4;
    private static final char SEPARATOR = '|';
    private static final char ESCAPE = '\\';
    private static final Object[] NO_VALUES = {};

    private @Nullable ActiveRule rule;

    /** Texts and addresses; of these only {@link #size} count. */
    private Object[] values;

    private int size;
    private int hash;

    CounterKey() {
        this.values = NO_VALUES;
    }

    private CounterKey(ActiveRule rule, Object[] values, int hash) {
        this.rule = rule;
        this.values = values;
        this.size = values.length;
        this.hash = hash;
    }

    /** The one whose {@link #subject} is that; null when it is of another rule. */
    static @Nullable CounterKey of(ActiveRule rule, String subject) {
        int count = rule.rule().per().size();
        if (count == 1) {
            return of(rule, List.of(subject));
        }
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < subject.length(); i++) {
            char c = subject.charAt(i);
            if (c == SEPARATOR) {
                texts.add(text.toString());
                text.setLength(0);
            } else {
                text.append(c == ESCAPE && i + 1 < subject.length() ? subject.charAt(++i) : c);
            }
        }
        if (count > 0) {
            texts.add(text.toString());
        }
        return texts.size() == count ? of(rule, texts) : null;
    }

    /** Of what was kept: {@code texts} are those of {@link #values}. */
    static CounterKey of(ActiveRule rule, List<String> texts) {
        List<Dimension> per = rule.rule().per();
        CounterKey key = new CounterKey();
        key.begin(rule, per.size());
        for (int i = 0; i < per.size(); i++) {
            String text = texts.get(i);
            key.put(i, per.get(i).kind() == Dimension.Kind.IP ? addressOf(text) : shortened(text));
        }
        return key.copy();
    }

    void fill(ActiveRule of, LimitCall call) {
        List<Dimension> per = of.rule().per();
        begin(of, per.size());
        for (int i = 0; i < size; i++) {
            put(i, value(per.get(i), call));
        }
    }

    CounterKey copy() {
        return new CounterKey(rule(), Arrays.copyOf(values, size), hash);
    }

    void clear() {
        rule = null;
        Arrays.fill(values, null);
        size = 0;
    }

    ActiveRule rule() {
        return Objects.requireNonNull(rule, "filled before");
    }

    List<String> values() {
        String[] texts = new String[size];
        for (int i = 0; i < size; i++) {
            texts[i] = text(values[i]);
        }
        return List.of(texts);
    }

    /** The values in one text, from which they can be told again: a separator within a value is escaped. */
    String subject() {
        if (size == 1) {
            return text(values[0]);
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < size; i++) {
            if (i > 0) {
                all.append(SEPARATOR);
            }
            String text = text(values[i]);
            for (int at = 0; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == SEPARATOR || c == ESCAPE) {
                    all.append(ESCAPE);
                }
                all.append(c);
            }
        }
        return all.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof CounterKey that) || hash != that.hash || rule != that.rule || size != that.size) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (!values[i].equals(that.values[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public int compareTo(CounterKey that) {
        int order = Integer.compare(rule().number(), that.rule().number());
        for (int i = 0; order == 0 && i < size; i++) {
            order = text(values[i]).compareTo(text(that.values[i]));
        }
        return order;
    }

    private void begin(ActiveRule of, int count) {
        rule = of;
        size = count;
        hash = SPREAD * (of.number() + 1);
        if (values.length < count) {
            values = new Object[count];
        }
    }

    private void put(int place, Object value) {
        values[place] = value;
        hash = SPREAD * (hash + value.hashCode());
    }

    private static Object value(Dimension dimension, LimitCall call) {
        Principal caller = call.principal();
        return switch (dimension.kind()) {
            case KEY -> shortened(caller.keyId());
            case USER -> shortened(caller.userId());
            case END_USER -> shortened(call.endUser());
            case TEAM -> shortened(caller.teamId());
            case TIER -> shortened(caller.tier());
            case IP -> network(call.from());
            case SESSION -> shortened(call.session());
            case PROVIDER -> shortened(call.provider());
            case MODEL -> shortened(call.model());
            case TAG -> dimension.tag() == null ? "" : shortened(call.tags().get(dimension.tag()));
        };
    }

    private static String shortened(@Nullable String value) {
        if (value == null) {
            return "";
        }
        return value.length() <= LONGEST_CHARS ? value : digest(value);
    }

    private static Object network(InetAddress from) {
        if (!(from instanceof Inet6Address)) {
            return from;
        }
        return HexFormat.of().formatHex(from.getAddress(), 0, NETWORK_BYTES) + "::/64";
    }

    private static Object addressOf(String text) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return address == null || address.length > IPV4_BYTES ? text : InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of four bytes is one", e);
        }
    }

    private static String text(Object value) {
        return value instanceof InetAddress address ? address.getHostAddress() : value.toString();
    }

    private static String digest(String value) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(sum);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
