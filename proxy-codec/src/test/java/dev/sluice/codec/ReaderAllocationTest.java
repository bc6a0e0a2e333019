package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.relay.PromptTap;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.codec.relay.UsageTap;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What it costs the heap to read, count, rewrite and relay, once everything has been read before. */
final class ReaderAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Tokenizer TOKENIZER = Tokenizer.of("gpt-4o");
    private static final CallPath CHAT = new CallPath(Endpoint.CHAT_COMPLETIONS);
    private static final RelaySink CLIENT = ByteBuf::release;

    private static final String REQUEST =
            "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"You"
                    + " are terse.\"},{\"role\":\"user\",\"content\":\"Say hello to the world in three languages, please.\"}],"
                    + "\"temperature\":0.7,\"user\":\"u-1\"}";
    private static final String ANSWER = "{\"id\":\"chatcmpl-B1234567890\",\"object\":\"chat.completion\",\"created\":"
            + "1730000000,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
            + "@3:123456789012345;word word ".repeat(10)
            + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":150,"
            + "\"total_tokens\":180}}";

    @BeforeAll
    static void loadVocabulary() {
        Encoding.O200K_BASE.counter();
    }

    @Test
    void aRequestOfOpenAiIsReadAndRewrittenForNextToNothing() throws Exception {
        ByteBuf body = direct(REQUEST);
        InboundDialect openai = Dialects.inbound().getFirst();
        Rewritten rewritten = new Rewritten(body.alloc().directBuffer(512));
        assertThat(allocatedByEach(() -> {
                    try (RequestReader request = openai.newRequest(CHAT, 64)) {
                        request.feed(body);
                        request.end();
                        if (request.model().length() + request.textBytes() < 20) {
                            throw new AssertionError("not read");
                        }
                        request.rewrite(body.retain(), "gpt-4o-mini-2024-07-18", true, rewritten)
                                .release();
                    } catch (MalformedRequestException e) {
                        throw new AssertionError(e);
                    }
                }))
                .isLessThanOrEqualTo(64);
        rewritten.buffer.release();
        body.release();
    }

    @Test
    void aPromptOfOpenAiIsCountedForNextToNothing() throws Exception {
        ByteBuf body = direct(REQUEST);
        InboundDialect openai = Dialects.inbound().getFirst();
        assertThat(allocatedByEach(() -> {
                    try (PromptTap tap = new PromptTap(TOKENIZER)) {
                        openai.readPrompt(Endpoint.CHAT_COMPLETIONS, body, tap);
                        openai.conversation(CHAT, body);
                        if (tap.tokens() < 20) {
                            throw new AssertionError("so few tokens");
                        }
                    }
                }))
                .isLessThanOrEqualTo(64);
        body.release();
    }

    @Test
    void aWholeAnswerOfOpenAiIsReadRelayedAndCountedForNextToNothing() throws Exception {
        ByteBuf body = direct(ANSWER);
        ProviderDialect openai = ProviderStream.dialect(Endpoint.CHAT_COMPLETIONS);
        assertThat(allocatedByEach(() -> {
                    try (UsageTap tap = new UsageTap(TOKENIZER);
                            AnswerReader answer =
                                    openai.newAnswer(Endpoint.CHAT_COMPLETIONS, /* stream= */ false, tap);
                            Relay relay = Relay.body(answer)) {
                        relay.onBytes(body.retain(), CLIENT);
                        relay.onEnd(/* clean= */ true, CLIENT);
                        if (!answer.finished() || tap.total() < 100) {
                            throw new AssertionError("not read");
                        }
                    }
                }))
                .isLessThanOrEqualTo(64);
        body.release();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "CHAT_COMPLETIONS|{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"}}]}",
                "CHAT_COMPLETIONS|{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\u00e9t\u00e9 \\u00e9\"}}],\"usage\":null}",
                "MESSAGES|{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}}",
                "GENERATE_CONTENT|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" word\"}]}}],\"usageMetadata\":"
                        + "{\"promptTokenCount\":8}}",
                "RESPONSES|{\"type\":\"response.output_text.delta\",\"item_id\":\"i\",\"output_index\":0,\"content_index\":0,"
                        + "\"delta\":\" word\"}",
            })
    void anEventOfAStreamIsReadRelayedAndCountedForNothing(Endpoint endpoint, String payload) throws Exception {
        ByteBuf event = direct("data: " + payload + "\n\n");
        int end = event.writerIndex();
        long[] least = {Long.MAX_VALUE};
        onALoop(() -> {
            try (UsageTap tap = new UsageTap(TOKENIZER);
                    AnswerReader answer =
                            ProviderStream.dialect(endpoint).newAnswer(endpoint, /* stream= */ true, tap);
                    Relay relay = Relay.events(answer, /* stripUsage= */ true, null)) {
                least[0] = leastOf(() -> {
                    relay.onBytes(event.setIndex(0, end).retain(), CLIENT);
                    tap.committed();
                });
            }
        });
        event.release();
        assertThat(least[0]).isZero();
    }

    private static long allocatedByEach(Runnable action) throws InterruptedException {
        long[] least = {Long.MAX_VALUE};
        onALoop(() -> least[0] = leastOf(action));
        return least[0];
    }

    /** Of ten thousand in a row the mean; of some such rows the least, for compilers allocate meanwhile. */
    private static long leastOf(Runnable action) {
        int times = 10_000;
        long least = Long.MAX_VALUE;
        for (int run = 0; run < 15; run++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < times; i++) {
                action.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least / times;
    }

    /** On a thread as the gateway's are. */
    private static void onALoop(Runnable action) throws InterruptedException {
        Throwable[] failure = {null};
        Thread thread = new FastThreadLocalThread(action);
        thread.setUncaughtExceptionHandler((failed, thrown) -> failure[0] = thrown);
        thread.start();
        thread.join();
        assertThat(failure[0]).isNull();
    }

    private static ByteBuf direct(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return Cuts.direct().buffer(bytes, 0, bytes.length);
    }

    /** Gives the same buffer again and again: what a pool costs is not the reader's. */
    private static final class Rewritten extends AbstractByteBufAllocator {
        private final ByteBuf buffer;

        Rewritten(ByteBuf buffer) {
            super(/* preferDirect= */ true);
            this.buffer = buffer;
        }

        @Override
        public boolean isDirectBufferPooled() {
            return true;
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return newDirectBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            return buffer.clear().retain();
        }
    }
}
