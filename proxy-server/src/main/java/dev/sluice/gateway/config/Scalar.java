package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.Address;
import io.netty.util.NetUtil;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One value as text, with its place, and the ways to understand it. Each conversion either gives the value or adds a
 * problem and gives null. Messages show what the operator wrote, never what a variable or a file put in its stead.
 */
final class Scalar {
    private final String text;
    private final String written;
    private final Place place;
    private final Problems problems;
    private final @Nullable String storedName;

    /**
     * @param text the value after replacements, not blank
     * @param written the value before them; may stand in messages
     */
    Scalar(String text, String written, Place place, Problems problems) {
        this(text, written, place, problems, null);
    }

    private Scalar(String text, String written, Place place, Problems problems, @Nullable String storedName) {
        this.text = text;
        this.written = written;
        this.place = place;
        this.problems = problems;
        this.storedName = storedName;
    }

    /** One whose value the database has, under {@code name}. */
    static Scalar stored(String name, String written, Place place, Problems problems) {
        return new Scalar(written, written, place, problems, name);
    }

    String text() {
        return text;
    }

    /** What the operator wrote, in quotes and fit for a message. */
    String shown() {
        return "'" + Place.printable(written) + "'";
    }

    Place place() {
        return place;
    }

    void error(String message) {
        problems.error(place, message);
    }

    void noEffect() {
        problems.noEffect(place);
    }

    /** One of {@code allowed}. */
    @Nullable
    String choice(Collection<String> allowed) {
        if (allowed.contains(text)) {
            return text;
        }
        String nearest = NearestName.find(written, allowed);
        error(shown() + " is not one of the allowed values: " + String.join(", ", allowed)
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
        return null;
    }

    @Nullable
    Boolean flag() {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> {
                error(shown() + " is not a yes or no; allowed: true, false");
                yield null;
            }
        };
    }

    @Nullable
    Integer integer(int smallest, int largest) {
        long value = digits(text, 0, text.length());
        if (value >= smallest && value <= largest) {
            return (int) value;
        }
        error(shown() + " is not a whole number between " + smallest + " and " + largest);
        return null;
    }

    /** A whole number with one of the units ms, s, m, h, d. */
    @Nullable
    Duration duration(Duration shortest, Duration longest) {
        int unitAt = endOfDigits();
        long count = digits(text, 0, unitAt);
        String unit = text.substring(unitAt);
        if (count < 0 || unit.isEmpty()) {
            error(
                    count < 0
                            ? shown() + " is not a duration" + DURATIONS
                            : shown() + " has no unit; write " + Place.printable(written) + "s" + DURATIONS);
            return null;
        }
        Duration value = switch (unit) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> null;
        };
        if (value == null) {
            error(shown() + " is not a duration" + DURATIONS);
            return null;
        }
        if (value.compareTo(shortest) < 0 || value.compareTo(longest) > 0) {
            error(shown() + " is not between " + durationText(shortest) + " and " + durationText(longest));
            return null;
        }
        return value;
    }

    private static final String DURATIONS = "; allowed: a whole number with ms, s, m, h or d, such as 500ms or 10m";

    /** Bytes, or a whole number with KiB, MiB or GiB. */
    @Nullable
    Integer sizeBytes(int smallest, int largest) {
        int unitAt = endOfDigits();
        long count = digits(text, 0, unitAt);
        int shift = switch (text.substring(unitAt)) {
            case "" -> 0;
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> -1;
        };
        if (count < 0 || shift < 0) {
            error(shown()
                    + " is not a size; allowed: a whole number of bytes, or one with KiB, MiB or GiB, such as 16KiB");
            return null;
        }
        long bytes = count << shift;
        if (bytes < smallest || bytes > largest) {
            error(shown() + " is not between " + sizeText(smallest) + " and " + sizeText(largest));
            return null;
        }
        return (int) bytes;
    }

    /** A number with {@code %}, with up to three digits behind its point. */
    @Nullable
    Double percent(double smallest, double largest) {
        int point = text.indexOf('.');
        int end = text.length() - 1;
        long whole = digits(text, 0, point < 0 ? end : point);
        long thousandths = point < 0 || end - point > 4 ? -1 : thousandths(point + 1, end);
        if (text.endsWith("%") && whole >= 0 && (point < 0 || thousandths >= 0)) {
            double value = whole + Math.max(0, thousandths) / 1000.0;
            if (value >= smallest && value <= largest) {
                return value;
            }
        }
        error(shown() + " is not a percentage; allowed: " + percentText(smallest) + " to " + percentText(largest));
        return null;
    }

    private long thousandths(int from, int end) {
        long value = digits(text, from, end);
        for (int i = end - from; value > 0 && i < 3; i++) {
            value *= 10;
        }
        return value;
    }

    /** A whole number with {@code %}. */
    @Nullable
    Integer wholePercent(int smallest, int largest) {
        long value = text.endsWith("%") ? digits(text, 0, text.length() - 1) : -1;
        if (value >= smallest && value <= largest) {
            return (int) value;
        }
        error(shown() + " is not a whole percentage; allowed: " + smallest + "% to " + largest + "%");
        return null;
    }

    private static String percentText(double percent) {
        return (percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent)) + "%";
    }

    /** {@code host:port}; an IPv6 address stands in brackets. */
    @Nullable
    Address address() {
        int colon = text.lastIndexOf(':');
        long port = colon < 0 ? -1 : digits(text, colon + 1, text.length());
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.length() > 2 && host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        boolean valid = bracketed ? NetUtil.isValidIpV6Address(host) && host.indexOf('%') < 0 : isHostName(host);
        if (valid && port >= 0 && port <= 65_535) {
            return new Address(host, (int) port);
        }
        error(shown() + " is not an address; allowed: host:port with a port between 0 and 65535,"
                + " such as 127.0.0.1:8080 or [::1]:8080");
        return null;
    }

    private static boolean isHostName(String host) {
        boolean numeric = true;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean digit = isDigit(c) || c == '.';
            if (!digit && !isLetter(c) && c != '-' && c != '_') {
                return false;
            }
            numeric &= digit;
        }
        return numeric ? NetUtil.isValidIpV4Address(host) : host.length() <= 253 && !host.startsWith("-");
    }

    /** An http or https URL without credentials, query and fragment; slashes at its end are dropped. */
    @Nullable
    URI baseUrl() {
        String message = null;
        URI url = null;
        try {
            url = new URI(withoutSlashes(text));
            if (!"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) {
                message = "allowed: a URL that begins with https:// or http://";
            } else if (url.getRawUserInfo() != null) {
                message = "allowed: a URL without user and password; keys go into api_key";
            } else if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 65_535) {
                message = "allowed: a URL with a host name (letters, digits, '.', '-') and a port up to 65535";
            } else if (url.getRawQuery() != null || url.getRawFragment() != null) {
                message = "allowed: a URL without '?' and '#'";
            }
        } catch (URISyntaxException e) {
            message = "allowed: a URL such as https://api.example.com/v1";
        }
        if (message != null) {
            // What stands before an '@' may be a password.
            error((written.indexOf('@') < 0 ? shown() : "the value") + " is not usable; " + message);
            return null;
        }
        return url;
    }

    private static String withoutSlashes(String url) {
        int end = url.length();
        while (end > 0 && url.charAt(end - 1) == '/') {
            end--;
        }
        return url.substring(0, end);
    }

    /** A path; a relative one begins at {@code baseDir}. */
    @Nullable
    Path path(Path baseDir) {
        try {
            return baseDir.resolve(text).normalize();
        } catch (InvalidPathException e) {
            error(shown() + " is not a path on this system");
            return null;
        }
    }

    /** The path of a file that is there and can be read. */
    @Nullable
    Path file(Path baseDir) {
        Path path = path(baseDir);
        if (path == null || (Files.isRegularFile(path) && Files.isReadable(path))) {
            return path;
        }
        error(shown() + " is not a file that can be read");
        return null;
    }

    /** A secret that can stand in a header. The value is never shown. */
    @Nullable
    Secret headerSecret() {
        if (storedName != null) {
            return Secret.stored(storedName);
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                error("holds a character that cannot stand in a header; allowed: visible ASCII without spaces");
                return null;
            }
        }
        return new Secret(text);
    }

    private int endOfDigits() {
        int end = 0;
        while (end < text.length() && isDigit(text.charAt(end))) {
            end++;
        }
        return end;
    }

    /** The whole number in a part of {@code text}; -1 when there is none or it has more than ten digits. */
    static long digits(String text, int from, int to) {
        if (from >= to || to - from > 10) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    static String durationText(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 86_400_000 == 0 && millis > 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis % 3_600_000 == 0 && millis > 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0 && millis > 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    private static String sizeText(int bytes) {
        if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
            return (bytes >> 20) + "MiB";
        }
        return bytes >= 1024 && bytes % 1024 == 0 ? (bytes >> 10) + "KiB" : String.format(Locale.ROOT, "%d", bytes);
    }

    /** The place only: the text may be a secret. */
    @Override
    public String toString() {
        return "value at " + place;
    }
}
