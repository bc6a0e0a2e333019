package dev.sluice.gateway.upstream;

import io.netty.handler.codec.http.HttpMethod;
import java.util.List;

/**
 * An answer as a provider may send it, and what is to be made of it: {@code 200 body whole}, {@code 200 body cut}, {@code
 * 200 body open} where it goes on, or one of the words below.
 *
 * @param closed whether the connection ends behind it
 * @param kept whether the connection may serve another request
 * @param outcome of ours
 * @param nettys of Netty's client: where it is another one, ours is stricter
 */
record AnswerVector(
        String name, HttpMethod method, String text, boolean closed, boolean kept, String outcome, String nettys) {

    static final String REFUSED = "refused";
    static final String NOTHING = "nothing";

    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String HELLO = "content-length: 5\r\n\r\nhello";
    private static final String WHOLE = "200 hello whole";

    static String outcome(int status, CharSequence body, String ending) {
        return status + " " + body + " " + ending;
    }

    @Override
    public String toString() {
        return name;
    }

    /** The connection is kept. */
    private static AnswerVector kept(String name, String text, String outcome) {
        return new AnswerVector(name, HttpMethod.POST, text, false, true, outcome, outcome);
    }

    /** The connection is not kept. */
    private static AnswerVector once(String name, String text, String outcome) {
        return new AnswerVector(name, HttpMethod.POST, text, false, false, outcome, outcome);
    }

    private static AnswerVector head(String name, String text, String outcome) {
        return new AnswerVector(name, HttpMethod.HEAD, text, false, true, outcome, outcome);
    }

    private static AnswerVector closed(String name, String text, String outcome) {
        return new AnswerVector(name, HttpMethod.POST, text, true, false, outcome, outcome);
    }

    private static AnswerVector refused(String name, String text) {
        return once(name, text, REFUSED);
    }

    /** Netty reads it, to {@code nettys}; nobody who means well writes it, and we do not. */
    private static AnswerVector stricter(String name, String text, String nettys) {
        return new AnswerVector(name, HttpMethod.POST, text, false, false, REFUSED, nettys);
    }

    static List<AnswerVector> all() {
        return List.of(
                // ---- bodies
                kept("a length", OK + HELLO, WHOLE),
                kept("a length with zeros in front", OK + "content-length: 005\r\n\r\nhello", WHOLE),
                kept("no length to speak of", OK + "content-length: 0\r\n\r\n", "200  whole"),
                kept("a part of the length", OK + "content-length: 6\r\n\r\nhello", "200 hello open"),
                kept("chunks", OK + "transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", WHOLE),
                kept("chunks of another case", OK + "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", WHOLE),
                kept(
                        "chunks with extensions and trailers",
                        OK + "transfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\nx: y\r\n\r\n",
                        WHOLE),
                kept("a part of the chunks", OK + "transfer-encoding: chunked\r\n\r\n6\r\nhello", "200 hello open"),
                once("until close, which has not come", OK + "\r\nhello", "200 hello open"),
                closed("until close", OK + "\r\nhello", WHOLE),
                closed("nothing until close", OK + "\r\n", "200  whole"),
                kept("no content", "HTTP/1.1 204 No Content\r\n\r\n", "204  whole"),
                kept("no content with a length", "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", "204  whole"),
                kept("not modified", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "304  whole"),
                kept("reset content", "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n", "205  whole"),
                head("to HEAD, a length", OK + "content-length: 5\r\n\r\n", "200  whole"),
                head("to HEAD, chunks", OK + "transfer-encoding: chunked\r\n\r\n", "200  whole"),
                head("to HEAD, nothing", OK + "\r\n", "200  whole"),
                // ---- ends that are none
                closed("nothing at all", "", NOTHING),
                closed("shorter than its length", OK + "content-length: 6\r\n\r\nhello", "200 hello cut"),
                closed(
                        "chunks without the last",
                        OK + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
                        "200 hello cut"),
                once(
                        "chunks that are broken",
                        OK + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
                        "200 hello cut"),
                once(
                        "chunks ended by line feeds",
                        OK + "transfer-encoding: chunked\r\n\r\n5\nhello\n0\n\n",
                        "200  cut"),
                // ---- what follows
                once("a second answer", OK + HELLO + OK + HELLO, WHOLE),
                once("a byte behind no content", "HTTP/1.1 204 No Content\r\n\r\nx", "204  whole"),
                once(
                        "a byte behind the last chunk",
                        OK + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nx",
                        WHOLE),
                // ---- connections
                once("the peer's last", OK + "connection: close\r\n" + HELLO, WHOLE),
                once("the peer's last in a list", OK + "connection: x , CLOSE\r\n" + HELLO, WHOLE),
                once("the peer's last in a second line", OK + "connection: x\r\nconnection: close\r\n" + HELLO, WHOLE),
                kept("kept alive by name", OK + "connection: keep-alive\r\nkeep-alive: timeout=5\r\n" + HELLO, WHOLE),
                kept("not closed by what is like it", OK + "connection: closed, clos\r\n" + HELLO, WHOLE),
                once("HTTP/1.0", "HTTP/1.0 200 OK\r\n" + HELLO, WHOLE),
                kept("HTTP/1.0 kept alive", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" + HELLO, WHOLE),
                closed("HTTP/1.0 until close", "HTTP/1.0 200 OK\r\n\r\nhello", WHOLE),
                // ---- interim answers
                kept(
                        "interim answers",
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" + OK + HELLO,
                        WHOLE),
                kept(
                        "an interim answer with a length",
                        "HTTP/1.1 100 Continue\r\ncontent-length: 5\r\n\r\n" + OK + HELLO,
                        WHOLE),
                // ---- status lines
                kept("no reason", "HTTP/1.1 200 \r\n" + HELLO, WHOLE),
                kept("no blank behind the status", "HTTP/1.1 200\r\n" + HELLO, WHOLE),
                kept("a long reason", "HTTP/1.1 200 Once upon\ta time, \u00e4\u00f6\u00fc!\r\n" + HELLO, WHOLE),
                kept("an unknown status", "HTTP/1.1 999 Nobody knows\r\n" + HELLO, "999 hello whole"),
                refused("a status that is no number", "HTTP/1.1 2x0 OK\r\n" + HELLO),
                refused("no status", "HTTP/1.1\r\n" + HELLO),
                refused("a line feed behind the status", "HTTP/1.1 200 OK\n" + HELLO),
                refused("a return in the reason", "HTTP/1.1 200 O\rK\r\n" + HELLO),
                refused("another protocol", "ICY 200 OK\r\n" + HELLO),
                refused("a request", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
                // ---- fields
                kept("a value with blanks around", OK + "x: \t y \t\r\n" + HELLO, WHOLE),
                kept("a value without blanks", OK + "x:y\r\ncontent-length:5\r\n\r\nhello", WHOLE),
                kept("no value", OK + "x:\r\n" + HELLO, WHOLE),
                kept("a value in Latin-1", OK + "x: \u00fc\u00ff\r\n" + HELLO, WHOLE),
                kept("names of all token characters", OK + "!#$%&'*+-.^_`|~09azAZ: x\r\n" + HELLO, WHOLE),
                kept("many fields", OK + "a: b\r\n".repeat(3_000) + HELLO, WHOLE),
                refused("a line feed in a field", OK + "x: y\n" + HELLO),
                refused("a return in a field", OK + "x: y\rz: a\r\n" + HELLO),
                refused("a null in a field", OK + "x: \0\r\n" + HELLO),
                refused("a control character in a field", OK + "x: \u0001\r\n" + HELLO),
                refused("no name", OK + ": y\r\n" + HELLO),
                refused("no colon", OK + "xy\r\n" + HELLO),
                refused("a name beyond ASCII", OK + "\u00fc: z\r\n" + HELLO),
                refused("too many fields", OK + "a: b\r\n".repeat(9_000) + HELLO),
                // ---- framing that is not certain
                refused("two lengths", OK + "content-length: 5\r\n" + HELLO),
                refused("two lengths that differ", OK + "content-length: 4\r\n" + HELLO),
                refused("a list of lengths", OK + "content-length: 5, 5\r\n\r\nhello"),
                refused("a length with a sign", OK + "content-length: +5\r\n\r\nhello"),
                refused("a negative length", OK + "content-length: -5\r\n\r\nhello"),
                refused("a length in hexadecimal digits", OK + "content-length: 0x5\r\n\r\nhello"),
                refused("an empty length", OK + "content-length: \r\n\r\nhello"),
                refused("a length beyond all numbers", OK + "content-length: 99999999999999999999\r\n\r\nhello"),
                refused("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
                refused("chunks and a length", OK + "transfer-encoding: chunked\r\n" + HELLO),
                stricter(
                        "an unknown coding", OK + "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", "200 0\r\n\r\n open"),
                stricter(
                        "a second coding",
                        OK + "transfer-encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                        WHOLE),
                // ---- what Netty repairs
                stricter("a blank before the colon", OK + "x : y\r\n" + HELLO, WHOLE),
                stricter("a folded line", OK + "x: y\r\n z\r\n" + HELLO, WHOLE),
                stricter("two blanks in the status line", "HTTP/1.1  200 OK\r\n" + HELLO, WHOLE),
                stricter("an empty line in front", "\r\n" + OK + HELLO, WHOLE),
                stricter("a blank in front", " " + OK + HELLO, WHOLE),
                stricter("a later version", "HTTP/1.2 200 OK\r\n" + HELLO, WHOLE),
                stricter("another version", "HTTP/2.0 200 OK\r\n" + HELLO, WHOLE),
                stricter("a protocol in lower case", "http/1.1 200 OK\r\n" + HELLO, WHOLE),
                stricter("a blank in a name", OK + "x y: z\r\n" + HELLO, WHOLE),
                stricter("a status of two digits", "HTTP/1.1 20 OK\r\n" + HELLO, "20 hello whole"),
                stricter("a status of four digits", "HTTP/1.1 2000 OK\r\n" + HELLO, "2000 hello whole"),
                stricter("a status below all", "HTTP/1.1 099 OK\r\n" + HELLO, "99 hello whole"));
    }
}
