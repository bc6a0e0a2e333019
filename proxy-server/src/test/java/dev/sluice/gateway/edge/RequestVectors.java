package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.LIMITS;
import static dev.sluice.gateway.edge.RequestVectors.Netty.AGREES;
import static dev.sluice.gateway.edge.RequestVectors.Netty.DIFFERS;

import java.util.ArrayList;
import java.util.List;

/**
 * Requests in bytes, and what is to become of each: those of the smuggling suites of the field, those at the limits, and
 * those that clients really send. Written in Latin-1.
 */
final class RequestVectors {

    /** Whether Netty's codec and the rules behind it come to the same end. */
    enum Netty {
        AGREES,
        /** It is laxer, or gives another reason. */
        DIFFERS
    }

    /**
     * @param bytes {@link #MARKER} follows them where they end
     * @param outcome as {@link RequestOutcome} tells it, without the marker
     */
    record Vector(String name, String bytes, String outcome, Netty netty) {
        @Override
        public String toString() {
            return name;
        }
    }

    static final String MARKER = "GET /marker HTTP/1.1\r\nhost: m\r\n\r\n";

    private static final String INVALID = "refused INVALID_REQUEST";
    private static final String TOO_LARGE = "refused HEADERS_TOO_LARGE";

    private final List<Vector> all = new ArrayList<>();

    static List<Vector> all() {
        RequestVectors vectors = new RequestVectors();
        vectors.ordinary();
        vectors.requestLines();
        vectors.fields();
        vectors.lengths();
        vectors.codings();
        vectors.chunks();
        vectors.trailers();
        vectors.limits();
        vectors.rules();
        return vectors.all;
    }

    private void ordinary() {
        passes("a get", "GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n", "GET /v1/models host=a ''");
        passes("a post", post("content-length: 3\r\n") + "abc", "POST / host=a content-length=3 'abc'");
        passes("an empty body", post("content-length: 0\r\n"), "POST / host=a content-length=0 ''");
        passes("no body", post(""), "POST / host=a ''");
        passes("a chunked body", chunked("3\r\nabc\r\n0\r\n\r\n"), "POST / host=a transfer-encoding=chunked 'abc'");
        passes("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0 ''");
        passes("an empty line before", "\r\n" + get(""), "GET / host=a ''");
        passes("empty lines before", "\r\n\r\n\r\n" + get(""), "GET / host=a ''");
        passes("an unknown method", "PURGE / HTTP/1.1\r\nhost: a\r\n\r\n", "PURGE / host=a ''");
        passes("a method in lower case", "get / HTTP/1.1\r\nhost: a\r\n\r\n", "get / host=a ''");
        passes("a query", "GET /a?b=c&d=%20 HTTP/1.1\r\nhost: a\r\n\r\n", "GET /a?b=c&d=%20 host=a ''");
        passes("no blank behind the colon", "GET / HTTP/1.1\r\nhost:a\r\nx:y\r\n\r\n", "GET / host=a x=y ''");
        passes("blanks around a value", get("x: \t y \t\r\n"), "GET / host=a x=y ''");
        passes("blanks in a value", get("x: y \t z\r\n"), "GET / host=a x=y \t z ''");
        passes("an empty value", get("x:\r\n"), "GET / host=a x= ''");
        passes("a value of blanks", get("x:   \r\n"), "GET / host=a x= ''");
        passes("a value in Latin-1", get("x: \u00e4\u00ff\r\n"), "GET / host=a x=\u00e4\u00ff ''");
        passes("names in any case", "GET / HTTP/1.1\r\nHoSt: a\r\n\r\n", "GET / host=a ''");
        passes("all token characters", get("!#$%&'*+-.^_`|~09azAZ: y\r\n"), "GET / host=a !#$%&'*+-.^_`|~09azaz=y ''");
        passes("a field twice", get("x: 1\r\nx: 2\r\n"), "GET / host=a x=1 x=2 ''");
        passes(
                "two requests at once",
                post("content-length: 3\r\n") + "abc" + chunked("1\r\nx\r\n0\r\n\r\n"),
                "POST / host=a content-length=3 'abc' POST / host=a transfer-encoding=chunked 'x'");
        passes("a host with a port", "GET / HTTP/1.1\r\nhost: a.b:80\r\n\r\n", "GET / host=a.b:80 ''");
        passes("leave to send", post("expect: 100-continue\r\ncontent-length: 1\r\n") + "x", """
                POST / host=a expect=100-continue content-length=1 'x'""");
    }

    private void requestLines() {
        refuses("a bare line feed", "GET / HTTP/1.1\nhost: a\r\n\r\n", INVALID);
        refuses("a bare carriage return", "GET / HTTP/1.1\rx\r\nhost: a\r\n\r\n", INVALID);
        refuses("two carriage returns", "GET / HTTP/1.1\r\r\nhost: a\r\n\r\n", INVALID);
        refuses("HTTP/0.9 without a version", "GET /\r\nhost: a\r\n\r\n", INVALID);
        refuses("HTTP/0.9", "GET / HTTP/0.9\r\nhost: a\r\n\r\n", "refused VERSION_NOT_SUPPORTED");
        refuses("HTTP/1.2", "GET / HTTP/1.2\r\nhost: a\r\n\r\n", "refused VERSION_NOT_SUPPORTED");
        refuses("HTTP/2.0", "GET / HTTP/2.0\r\nhost: a\r\n\r\n", "refused VERSION_NOT_SUPPORTED");
        refuses("HTTP/1.10", "GET / HTTP/1.10\r\nhost: a\r\n\r\n", INVALID);
        refuses("a version without a dot", "GET / HTTP/11\r\nhost: a\r\n\r\n", INVALID);
        refuses("a version of letters", "GET / HTTP/x.y\r\nhost: a\r\n\r\n", INVALID);
        refuses("another protocol", "GET / HTTQ/1.1\r\nhost: a\r\n\r\n", INVALID);
        stricter("a version in lower case", "GET / http/1.1\r\nhost: a\r\n\r\n", INVALID);
        stricter("two spaces before the target", "GET  / HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        stricter("two spaces behind the target", "GET /  HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        stricter("a tab for a space", "GET\t/ HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a space behind the version", "GET / HTTP/1.1 \r\nhost: a\r\n\r\n", INVALID);
        stricter("a space before the method", " GET / HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a control character before the method", "\u0001GET / HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("no method", " / HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a method that is no token", "GE(T / HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("no target", "GET HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a target with a space", "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a target with a NUL", "GET /\u0000 HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a target with DEL", "GET /\u007f HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a target beyond ASCII", "GET /\u00e4 HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a fragment", "GET /a#b HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("the absolute form", "GET http://a/ HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("the authority form", "GET a:80 HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("the asterisk form", "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", INVALID);
        refuses("a bare line feed before", "\n" + get(""), INVALID, DIFFERS);
        refuses("a TLS hello", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n", INVALID);
        refuses("no fields and no version", "x\r\n\r\n", INVALID);
    }

    private void fields() {
        refuses("a space before the colon", get("x : y\r\n"), INVALID);
        refuses("a tab before the colon", get("x\t: y\r\n"), INVALID);
        refuses("a space in a name", get("x y: z\r\n"), INVALID);
        refuses("a space before a name", "GET / HTTP/1.1\r\n host: a\r\n\r\n", INVALID);
        refuses("no colon", get("x\r\n"), INVALID);
        refuses("an empty name", get(": x\r\n"), INVALID);
        refuses("a name beyond ASCII", get("\u00e4: x\r\n"), INVALID);
        refuses("a NUL in a name", get("x\u0000: y\r\n"), INVALID);
        refuses("a bracket in a name", get("x(: y\r\n"), INVALID);
        refuses("a NUL in a value", get("x: y\u0000z\r\n"), INVALID);
        refuses("a control character in a value", get("x: y\u0001z\r\n"), INVALID);
        refuses("a vertical tab in a value", get("x: y\u000bz\r\n"), INVALID);
        refuses("DEL in a value", get("x: y\u007fz\r\n"), INVALID);
        refuses("a carriage return in a value", get("x: y\rz: 1\r\n"), INVALID);
        refuses("a carriage return before the line's end", get("x: y\r\r\n"), INVALID);
        refuses("a line that ends with a line feed", get("x: y\n"), INVALID);
        refuses("a head that ends with a line feed", "GET / HTTP/1.1\r\nhost: a\r\n\n", INVALID);
        refuses("a line of a letter and a line feed", "GET / HTTP/1.1\r\nhost: a\r\nx\n", INVALID);
        refuses("a line feed behind a blank", "GET / HTTP/1.1\r\nhost: a\r\n \n", INVALID);
        refuses("a letter and a line feed before", "x\n" + get(""), INVALID);
        refuses("line feeds only", "GET / HTTP/1.1\nhost: a\n\n", INVALID);
        stricter("a folded line", get("x: y\r\n z\r\n"), INVALID);
        stricter("a folded line with a tab", get("x: y\r\n\tz\r\n"), INVALID);
        refuses("a folded coding", post("transfer-encoding:\r\n chunked\r\n") + "0\r\n\r\n", INVALID);
        refuses("no host", "GET / HTTP/1.1\r\nx: y\r\n\r\n", INVALID);
        refuses("no fields", "GET / HTTP/1.1\r\n\r\n", INVALID);
        refuses("two hosts", get("host: b\r\n"), INVALID);
        refuses("the same host twice", get("host: a\r\n"), INVALID);
        refuses("an empty host", "GET / HTTP/1.1\r\nhost:\r\n\r\n", INVALID);
        refuses("a host with a path", "GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", INVALID);
        refuses("a host with a user", "GET / HTTP/1.1\r\nhost: u@a\r\n\r\n", INVALID);
        refuses("a list of hosts", "GET / HTTP/1.1\r\nhost: a, b\r\n\r\n", INVALID);
        refuses("a bad host in HTTP/1.0", "GET / HTTP/1.0\r\nhost: a b\r\n\r\n", INVALID);
    }

    private void lengths() {
        for (String bad : List.of(
                "+3", "-3", "-0", "0x3", "3;x", "3 3", "3, 3", "3,4", "1_0", "03", "00", "", "x", "\u00b2", "3.0",
                "3\u00a0")) {
            refuses("length '" + bad + "'", post("content-length: " + bad + "\r\n") + "abc", INVALID);
        }
        refuses("a length beyond all numbers", post("content-length: 99999999999999999999\r\n") + "abc", INVALID);
        refuses("two lengths", post("content-length: 3\r\ncontent-length: 4\r\n") + "abc", INVALID);
        refuses("the same length twice", post("content-length: 3\r\nContent-Length: 3\r\n") + "abc", INVALID);
        refuses("length, then coding", post("content-length: 3\r\ntransfer-encoding: chunked\r\n") + "abc", INVALID);
        refuses("coding, then length", post("transfer-encoding: chunked\r\ncontent-length: 3\r\n") + "abc", INVALID);
        refuses(
                "a length of nothing beside a coding",
                post("content-length: 0\r\ntransfer-encoding: chunked\r\n"),
                INVALID);
        refuses(
                "a length beside an unknown coding",
                post("content-length: 3\r\ntransfer-encoding: x\r\n") + "abc",
                INVALID);
        refuses("a space before the colon of a length", post("content-length : 3\r\n") + "abc", INVALID);
        passes("a length by another name", post("content_length: 3\r\n"), "POST / host=a content_length=3 ''");
        refuses("a body of GET", get("content-length: 3\r\n") + "abc", INVALID);
        refuses("a body of HEAD", "HEAD / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc", INVALID);
        refuses("chunks of GET", get("transfer-encoding: chunked\r\n") + "0\r\n\r\n", INVALID);
    }

    private void codings() {
        for (String bad : List.of(
                "xchunked",
                "chunkedx",
                "identity",
                "chunked, identity",
                "chunked, chunked",
                "\u000bchunked",
                "chunked\u000b",
                "\"chunked\"",
                "chunked;q=1",
                "",
                "chunked, gzip",
                "gzip",
                "ch\u0000unked",
                "x\u0000chunked",
                "chunked\u0085",
                "chunked;",
                "chunked x")) {
            refuses("coding '" + bad + "'", post("transfer-encoding: " + bad + "\r\n") + "0\r\n\r\n", INVALID);
        }
        for (String known : List.of("gzip, chunked", "gzip,chunked", "deflate, gzip, chunked", "identity, chunked")) {
            refuses(
                    "coding '" + known + "'",
                    post("transfer-encoding: " + known + "\r\n") + "0\r\n\r\n",
                    "refused NOT_IMPLEMENTED");
        }
        refuses(
                "codings in two lines",
                post("transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n") + "0\r\n\r\n",
                "refused NOT_IMPLEMENTED");
        refuses(
                "chunked twice",
                post("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n") + "0\r\n\r\n",
                INVALID);
        refuses(
                "chunked, then identity",
                post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n") + "0\r\n\r\n",
                INVALID);
        refuses("a space before the colon of a coding", post("transfer-encoding : chunked\r\n") + "0\r\n\r\n", INVALID);
        refuses(
                "a coding in HTTP/1.0",
                "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                INVALID);
        passes(
                "a coding in another case",
                post("Transfer-Encoding: ChUnKeD\r\n") + "0\r\n\r\n",
                "POST / host=a transfer-encoding=ChUnKeD ''");
        passes(
                "blanks around a coding",
                post("transfer-encoding: \tchunked \r\n") + "0\r\n\r\n",
                "POST / host=a transfer-encoding=chunked ''");
    }

    private static final String BEGINS = "POST / host=a transfer-encoding=chunked ";

    private void chunks() {
        passes("two chunks", chunked("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), BEGINS + "'abc'");
        passes(
                "digits in both cases",
                chunked("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"),
                BEGINS + "'01234567890123456789'");
        passes("leading zeros", chunked("0003\r\nabc\r\n000\r\n\r\n"), BEGINS + "'abc'");
        passes("an extension", chunked("3;a=b\r\nabc\r\n0;c\r\n\r\n"), BEGINS + "'abc'");
        passes("a quoted extension", chunked("3;a=\"b;c\"\r\nabc\r\n0\r\n\r\n"), BEGINS + "'abc'");
        passes("line ends in the body", chunked("5\r\n\r\n0\r\n\r\n0\r\n\r\n"), BEGINS + "'\r\n0\r\n'");
        for (String bad : List.of("0x3", "+3", "-3", " 3", "x", "3g", "100000000", "fffffffff", "ffffffffffffffff1")) {
            refuses("chunk size '" + bad + "'", chunked(bad + "\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        }
        refuses("no chunk size", chunked("\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses("a size with a blank behind it", chunked("3 \r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses("a size with a tab behind it", chunked("3\t\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        stricter("a blank before an extension", chunked("3 ;a=b\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        stricter("a size in nine digits", chunked("000000003\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses("a line feed behind a size", chunked("3\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses("a carriage return behind a size", chunked("3\rabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses("a line feed in an extension", chunked("3;a\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses("a carriage return in an extension", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        refuses(
                "a quoted line end",
                chunked("3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n"),
                BEGINS + "'\"\r\n' " + INVALID,
                DIFFERS);
        refuses("a line feed behind a chunk", chunked("3\r\nabc\n0\r\n\r\n"), BEGINS + "'abc' " + INVALID);
        refuses("a carriage return behind a chunk", chunked("3\r\nabc\r0\r\n\r\n"), BEGINS + "'abc' " + INVALID);
        refuses("a chunk that is longer than its size", chunked("3\r\nabcd\r\n0\r\n\r\n"), BEGINS + "'abc' " + INVALID);
        refuses("two bytes for a line end", chunked("3\r\nabcXX0\r\n\r\n"), BEGINS + "'abc' " + INVALID);
        refuses("a chunk without its line end", chunked("3\r\nabc0\r\n\r\n"), BEGINS + "'abc' " + INVALID);
        refuses("a negative size", chunked("-1\r\nabc\r\n0\r\n\r\n"), BEGINS + INVALID);
        stricter("an extension without an end", chunked("3;" + "x".repeat(9_000) + "\r\nabc\r\n"), BEGINS + INVALID);
    }

    private void trailers() {
        passes("a trailer", chunked("1\r\na\r\n0\r\nx: y\r\n\r\n"), BEGINS + "'a'");
        passes("a length in the trailer", chunked("1\r\na\r\n0\r\ncontent-length: 9\r\n\r\n"), BEGINS + "'a'");
        passes("a coding in the trailer", chunked("1\r\na\r\n0\r\ntransfer-encoding: x\r\n\r\n"), BEGINS + "'a'");
        passes("a key in the trailer", chunked("0\r\nauthorization: Bearer x\r\n\r\n"), BEGINS + "''");
        refuses("a blank in a trailer's name", chunked("1\r\na\r\n0\r\nx : y\r\n\r\n"), BEGINS + "'a' " + INVALID);
        refuses("a trailer without a colon", chunked("1\r\na\r\n0\r\nx\r\n\r\n"), BEGINS + "'a' " + INVALID);
        refuses("a trailer without a name", chunked("1\r\na\r\n0\r\n: y\r\n\r\n"), BEGINS + "'a' " + INVALID);
        refuses("a trailer with a line feed", chunked("1\r\na\r\n0\r\nx: y\n\r\n"), BEGINS + "'a' " + INVALID);
        refuses("a trailer with a NUL", chunked("1\r\na\r\n0\r\nx: \u0000\r\n\r\n"), BEGINS + "'a' " + INVALID);
        stricter("a folded trailer", chunked("1\r\na\r\n0\r\nx: y\r\n z\r\n\r\n"), BEGINS + "'a' " + INVALID);
        refuses("an end with a line feed", chunked("1\r\na\r\n0\r\n\n"), BEGINS + "'a' " + INVALID);
        stricter("trailers without an end", chunked("0\r\n" + "x: y\r\n".repeat(3_000)), BEGINS + INVALID);
    }

    private void limits() {
        int line = LIMITS.requestLineBytes();
        int head = LIMITS.headerBytes();
        int count = LIMITS.headerCount();
        String longest = "/" + "x".repeat(line - "GET / HTTP/1.1".length());
        passes(
                "the longest request line",
                "GET " + longest + " HTTP/1.1\r\nhost: a\r\n\r\n",
                "GET " + longest + " host=a ''");
        refuses("a byte more", "GET " + longest + "x HTTP/1.1\r\nhost: a\r\n\r\n", "refused URI_TOO_LONG");
        refuses("a request line that does not end", "GET /" + "x".repeat(10_000), "refused URI_TOO_LONG");
        refuses("empty lines that do not end", "\r\n".repeat(1_000), "refused URI_TOO_LONG");
        String largest = "y".repeat(head - "host: a".length() - "x: ".length());
        passes("the largest fields", get("x: " + largest + "\r\n"), "GET / host=a x=" + largest + " ''");
        refuses("a byte more in the fields", get("x: " + largest + "y\r\n"), TOO_LARGE);
        refuses("a field that does not end", "GET / HTTP/1.1\r\nhost: a\r\nx: " + "y".repeat(10_000), TOO_LARGE);
        refuses("fields that do not end", "GET / HTTP/1.1\r\n" + "x: y\r\n".repeat(2_000), TOO_LARGE);
        passes(
                "as many fields as may be",
                get("x: y\r\n".repeat(count - 1)),
                "GET / host=a" + " x=y".repeat(count - 1) + " ''");
        refuses("one field more", get("x: y\r\n".repeat(count)), TOO_LARGE);
    }

    private void rules() {
        refuses("CONNECT", "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", "refused METHOD_NOT_ALLOWED");
        refuses("TRACE", "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", "refused METHOD_NOT_ALLOWED");
        refuses(
                "an unknown expectation",
                post("expect: 200-ok\r\ncontent-length: 3\r\n") + "abc",
                "refused EXPECTATION_FAILED");
        refuses(
                "a compressed body",
                post("content-encoding: gzip\r\ncontent-length: 3\r\n") + "abc",
                "refused UNSUPPORTED_MEDIA_TYPE");
        passes("compression of nothing", post("content-encoding: gzip\r\n"), "POST / host=a content-encoding=gzip ''");
        passes(
                "an upgrade to HTTP/2",
                get("connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"),
                "GET / host=a connection=upgrade, http2-settings upgrade=h2c http2-settings=AAMAAABk ''");
    }

    // ---- making them ----------------------------------------------------------------------------------------------

    private void passes(String name, String bytes, String outcome) {
        all.add(new Vector(name, bytes, outcome, AGREES));
    }

    private void refuses(String name, String bytes, String outcome) {
        refuses(name, bytes, outcome, AGREES);
    }

    private void refuses(String name, String bytes, String outcome, Netty netty) {
        all.add(new Vector(name, bytes, outcome, netty));
    }

    private void stricter(String name, String bytes, String outcome) {
        refuses(name, bytes, outcome, DIFFERS);
    }

    private static String get(String fields) {
        return "GET / HTTP/1.1\r\nhost: a\r\n" + fields + "\r\n";
    }

    private static String post(String fields) {
        return "POST / HTTP/1.1\r\nhost: a\r\n" + fields + "\r\n";
    }

    private static String chunked(String body) {
        return post("transfer-encoding: chunked\r\n") + body;
    }
}
