package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.LIMITS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.gateway.wire.AccountedBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule from both sides: the last request that passes and the first that does not. */
class RequestDecoderTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void asInTheEdgesPipeline() {
        channel.config().setAllocator(buffers.allocator());
        channel.pipeline().addLast(new RequestDecoder(LIMITS));
    }

    @AfterEach
    void everythingIsReleased() {
        channel.finishAndReleaseAll();
    }

    private void passes(String request) {
        channel.writeInbound(buffers.utf8(request));
        Object first = channel.readInbound();
        assertThat(first).as(request).isInstanceOf(HttpRequest.class);
        ReferenceCountUtil.release(first);
    }

    private void refuses(String request, ErrorKind kind) {
        channel.writeInbound(buffers.utf8(request));
        Object first = channel.readInbound();
        assertThat(first).as(request).isInstanceOf(Refused.class);
        assertThat(((Refused) first).error().kind()).isEqualTo(kind);
    }

    private static String get(String headers) {
        return "GET / HTTP/1.1\r\nhost: a\r\n" + headers + "\r\n";
    }

    private static String post(String headers) {
        return "POST / HTTP/1.1\r\nhost: a\r\n" + headers + "\r\n";
    }

    // ---- sizes ----------------------------------------------------------------------------------------------------

    /** A request line of exactly {@code bytes}. */
    private static String lineOf(int bytes) {
        return "GET /" + "x".repeat(bytes - "GET / HTTP/1.1".length()) + " HTTP/1.1\r\nhost: a\r\n\r\n";
    }

    @Test
    void aRequestLineMayBeAsLongAsTheLimit() {
        passes(lineOf(LIMITS.requestLineBytes()));
    }

    @Test
    void aRequestLineOneByteLongerIsRefused() {
        refuses(lineOf(LIMITS.requestLineBytes() + 1), ErrorKind.URI_TOO_LONG);
    }

    /** Header lines of exactly {@code bytes}, without their line ends. */
    private static String headersOf(int bytes) {
        return get("x: " + "y".repeat(bytes - "host: a".length() - "x: ".length()) + "\r\n");
    }

    @Test
    void headersMayBeAsLargeAsTheLimit() {
        passes(headersOf(LIMITS.headerBytes()));
    }

    @Test
    void headersOneByteLargerAreRefused() {
        refuses(headersOf(LIMITS.headerBytes() + 1), ErrorKind.HEADERS_TOO_LARGE);
    }

    @Test
    void asManyHeadersMayComeAsTheLimit() {
        passes(get("x: y\r\n".repeat(LIMITS.headerCount() - 1)));
    }

    @Test
    void oneHeaderMoreIsRefused() {
        refuses(get("x: y\r\n".repeat(LIMITS.headerCount())), ErrorKind.HEADERS_TOO_LARGE);
    }

    // ---- version, method, target ----------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1", "HTTP/1.0"})
    void knownVersionsPass(String version) {
        passes("GET / " + version + "\r\nhost: a\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9"})
    void otherVersionsAreRefused(String version) {
        refuses("GET / " + version + "\r\nhost: a\r\n\r\n", ErrorKind.VERSION_NOT_SUPPORTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT", "TRACE"})
    void methodsThatAnEdgeMustNotServeAreRefused(String method) {
        refuses(method + " / HTTP/1.1\r\nhost: a\r\n\r\n", ErrorKind.METHOD_NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "OPTIONS", "PURGE"})
    void othersAreLeftToTheTableOfEndpoints(String method) {
        passes(method + " / HTTP/1.1\r\nhost: a\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1/models?x=%20", "/~!$&'()*+,;=:@"})
    void pathsOfVisibleAsciiPass(String target) {
        passes("GET " + target + " HTTP/1.1\r\nhost: a\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "http://a/", "a", "/a#b", "/\u007f", "/\u00e4"})
    void otherTargetsAreRefused(String target) {
        refuses("GET " + target + " HTTP/1.1\r\nhost: a\r\n\r\n", ErrorKind.INVALID_REQUEST);
    }

    // ---- framing --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.example:8080", "127.0.0.1", "[::1]:80", "under_score-dash"})
    void hostsPass(String host) {
        passes("GET / HTTP/1.1\r\nhost: " + host + "\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/b", "user@a", "a,b", "a\\b"})
    void whatIsNoHostIsRefused(String host) {
        refuses("GET / HTTP/1.1\r\nhost: " + host + "\r\n\r\n", ErrorKind.INVALID_REQUEST);
    }

    @Test
    void twoHostsAreRefused() {
        refuses(get("host: b\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @Test
    void http11NeedsAHost() {
        refuses("GET / HTTP/1.1\r\n\r\n", ErrorKind.INVALID_REQUEST);
    }

    @Test
    void http10NeedsNone() {
        passes("GET / HTTP/1.0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "Chunked"})
    void theChunkedCodingPasses(String coding) {
        passes(post("transfer-encoding: " + coding + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip, chunked", "deflate,chunked"})
    void codingsBelowChunkedAreNotImplemented(String coding) {
        refuses(post("transfer-encoding: " + coding + "\r\n"), ErrorKind.NOT_IMPLEMENTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked, chunked", "chunked, gzip", "identity", "gzip", "xchunked"})
    void codingsThatDoNotTellTheEndOfTheBodyAreRefused(String coding) {
        refuses(post("transfer-encoding: " + coding + "\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @Test
    void theChunkedCodingTwiceIsRefused() {
        refuses(post("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @Test
    void aLengthBesideACodingIsRefused() {
        refuses(post("content-length: 5\r\ntransfer-encoding: chunked\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @Test
    void aCodingFromBeforeThereWereAnyIsRefused() {
        refuses("POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", ErrorKind.INVALID_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "10"})
    void lengthsPass(String length) {
        passes(post("content-length: " + length + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "01", "+1", "-1", "0x1", "1,2", "1 1", "", "99999999999999999999"})
    void whatIsNoLengthIsRefused(String length) {
        refuses(post("content-length: " + length + "\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @Test
    void twoLengthsAreRefused() {
        refuses(post("content-length: 1\r\ncontent-length: 2\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x y: z", "x : z", " x: z", "x\u0000: z", "no colon"})
    void whatIsNoHeaderIsRefused(String header) {
        refuses(get(header + "\r\n"), ErrorKind.INVALID_REQUEST);
    }

    // ---- bodies ---------------------------------------------------------------------------------------------------

    @Test
    void theExpectationToContinuePasses() {
        passes(post("content-length: 1\r\nexpect: 100-Continue\r\n"));
    }

    @Test
    void otherExpectationsAreRefused() {
        refuses(post("content-length: 1\r\nexpect: 200-ok\r\n"), ErrorKind.EXPECTATION_FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void readingHasNoBody(String method) {
        refuses(method + " / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n", ErrorKind.INVALID_REQUEST);
    }

    @Test
    void readingHasNoChunkedBodyEither() {
        refuses(get("transfer-encoding: chunked\r\n"), ErrorKind.INVALID_REQUEST);
    }

    @Test
    void anEmptyBodyIsNone() {
        passes(get("content-length: 0\r\n"));
    }

    @Test
    void aCompressedBodyIsRefused() {
        refuses(post("content-length: 9\r\ncontent-encoding: gzip\r\n"), ErrorKind.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void theNameOfACodingWithoutABodyDoesNoHarm() {
        passes(get("content-encoding: gzip\r\n"));
    }

    // ---- after a refusal ------------------------------------------------------------------------------------------

    @Test
    void nothingIsLookedAtAfterTheFirstRefusal() {
        refuses(get("host: b\r\n") + get("") + post("content-length: 3\r\n") + "abc", ErrorKind.INVALID_REQUEST);
        channel.writeInbound(buffers.utf8(get("")));

        assertThat(channel.inboundMessages()).isEmpty();
    }

    // ---- messages -------------------------------------------------------------------------------------------------

    @Test
    void aRequestThatCameAtOnceIsOneMessageWithTheVeryBuffer() {
        ByteBuf read = buffers.utf8(post("content-length: 3\r\n") + "abc");
        channel.writeInbound(read);

        FullHttpRequest whole = channel.readInbound();
        assertThat(whole.content()).isSameAs(read);
        assertThat(whole.content().toString(UTF_8)).isEqualTo("abc");
        assertThat(channel.inboundMessages()).isEmpty();
        whole.release();
    }

    @Test
    void chunksThatCameAtOnceAreMovedTogetherInTheVeryBuffer() {
        ByteBuf read = buffers.utf8(post("transfer-encoding: chunked\r\n") + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
        channel.writeInbound(read);

        FullHttpRequest whole = channel.readInbound();
        assertThat(whole.content()).isSameAs(read);
        assertThat(whole.content().toString(UTF_8)).isEqualTo("abc");
        whole.release();
    }

    @Test
    void aBodyThatComesLaterIsPassedOnAsItComes() {
        channel.writeInbound(buffers.utf8(post("content-length: 5\r\n")));
        Object head = channel.readInbound();
        assertThat(head).isInstanceOf(HttpRequest.class).isNotInstanceOf(HttpContent.class);

        ByteBuf first = buffers.utf8("ab");
        ByteBuf second = buffers.utf8("cde");
        channel.writeInbound(first, second);

        HttpContent piece = channel.readInbound();
        LastHttpContent last = channel.readInbound();
        assertThat(piece.content()).isSameAs(first);
        assertThat(last.content()).isSameAs(second);
        piece.release();
        last.release();
    }

    @Test
    void aLineLikeTheOneBeforeGivesTheSameString() {
        channel.writeInbound(buffers.utf8(get("") + get("x: y\r\n") + post("") + get("")));

        HttpRequest first = channel.readInbound();
        HttpRequest second = channel.readInbound();
        HttpRequest third = channel.readInbound();
        HttpRequest fourth = channel.readInbound();
        assertThat(second.uri()).isSameAs(first.uri());
        assertThat(third.method()).isEqualTo(HttpMethod.POST);
        assertThat(fourth.method()).isEqualTo(HttpMethod.GET);
        ReferenceCountUtil.release(first);
        ReferenceCountUtil.release(second);
        ReferenceCountUtil.release(third);
        ReferenceCountUtil.release(fourth);
    }

    @Test
    void aRefusedLineIsNotRemembered() {
        channel.writeInbound(buffers.utf8(get("")));
        ReferenceCountUtil.release(channel.readInbound());

        refuses("GET /\u0001 HTTP/1.1\r\nhost: a\r\n\r\n", ErrorKind.INVALID_REQUEST);
    }

    // ---- when nobody wants to read --------------------------------------------------------------------------------

    @Test
    void theNextRequestWaitsAsBytesWhileTheConnectionIsNotRead() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                context.channel().config().setAutoRead(false);
                context.fireChannelRead(message);
            }
        });
        channel.writeInbound(buffers.utf8(get("") + get("x: 1\r\n") + get("x: 2\r\n")));
        assertThat(channel.inboundMessages()).hasSize(1);

        channel.config().setAutoRead(true);
        assertThat(channel.inboundMessages()).hasSize(2);
        channel.config().setAutoRead(true);
        assertThat(channel.inboundMessages()).hasSize(3);
        channel.config().setAutoRead(true);
        channel.writeInbound(buffers.utf8(get("x: 3\r\n")));

        assertThat(RequestOutcome.of(channel))
                .isEqualTo("GET / host=a '' GET / host=a x=1 '' GET / host=a x=2 '' GET / host=a x=3 ''");
    }

    // ---- when HTTP is over ----------------------------------------------------------------------------------------

    @Test
    void whatHasNotBeenDecodedIsForWhoeverComesNext() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                if (message instanceof HttpRequest) {
                    context.pipeline().remove(RequestDecoder.class);
                }
                context.fireChannelRead(message);
            }
        });
        channel.writeInbound(buffers.utf8(get("") + "frames"));
        channel.writeInbound(buffers.utf8(", and more"));

        ReferenceCountUtil.release(channel.readInbound());
        ByteBuf rest = channel.readInbound();
        ByteBuf more = channel.readInbound();
        assertThat(rest.toString(UTF_8) + more.toString(UTF_8)).isEqualTo("frames, and more");
        rest.release();
        more.release();
    }

    @Test
    void aPartOfAHeadIsPassedOnToo() {
        channel.writeInbound(buffers.utf8("GET / HT"));
        channel.pipeline().remove(RequestDecoder.class);

        ByteBuf rest = channel.readInbound();
        assertThat(rest.toString(UTF_8)).isEqualTo("GET / HT");
        rest.release();
    }
}
