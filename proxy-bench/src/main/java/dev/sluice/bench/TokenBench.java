package dev.sluice.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.tokens.Encoding;
import dev.sluice.codec.tokens.StreamCount;
import dev.sluice.codec.tokens.TokenCounter;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Counting the tokens of an answer while it streams: nanoseconds for each delta of four characters, the counting of what
 * has been committed included; and as the reference the same text counted at one go.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenBench {
    private static final int DELTAS = 256;
    private static final int DELTA_CHARS = 4;

    @Param({"english", "code", "chinese"})
    String text = "";

    @Param({"O200K_BASE", "CL100K_BASE"})
    Encoding encoding = Encoding.O200K_BASE;

    private byte[] utf8 = {};
    private final int[] ends = new int[DELTAS];
    private TokenCounter counter = Encoding.O200K_BASE.counter();
    private StreamCount stream = new StreamCount(Encoding.O200K_BASE);

    @Setup
    public void setUp() {
        String sample = sample(text);
        String whole = sample.repeat(DELTAS * DELTA_CHARS / sample.length() + 1).substring(0, DELTAS * DELTA_CHARS);
        utf8 = whole.getBytes(UTF_8);
        for (int i = 0; i < DELTAS; i++) {
            ends[i] = whole.substring(0, (i + 1) * DELTA_CHARS).getBytes(UTF_8).length;
        }
        counter = encoding.counter();
        stream = new StreamCount(encoding);
    }

    @Benchmark
    @OperationsPerInvocation(DELTAS)
    public long delta() {
        int from = 0;
        for (int end : ends) {
            stream.append(utf8, from, end);
            from = end;
        }
        return stream.committed();
    }

    /** With the exact total asked for at each delta, as a budget that is nearly spent needs it. */
    @Benchmark
    @OperationsPerInvocation(DELTAS)
    public long deltaAndTotal() {
        int from = 0;
        long total = 0;
        for (int end : ends) {
            stream.append(utf8, from, end);
            total += stream.total();
            from = end;
        }
        return total;
    }

    @Benchmark
    @OperationsPerInvocation(DELTAS)
    public long wholeText() {
        return counter.count(utf8, 0, utf8.length);
    }

    private static String sample(String name) {
        return switch (name) {
            case "english" ->
                "When the last of the boats had come in, the harbour master counted them twice, wrote the number into"
                        + " his book, and didn't go home. Something was missing, he said, although nothing was: thirty-one"
                        + " had left before dawn and thirty-one lay there now, rocking. It's the weather, his wife told"
                        + " him; you've never liked an east wind. He looked at the sky for a while, then at the numbers. ";
            case "code" -> """
                static int indexOf(byte[] hay, byte[] needle, int from) {
                    for (int i = Math.max(0, from); i <= hay.length - needle.length; i++) {
                        int k = 0;
                        while (k < needle.length && hay[i + k] == needle[k]) {
                            k++;
                        }
                        if (k == needle.length) {
                            return i;   // found
                        }
                    }
                    return -1;
                }
                """;
            case "chinese" ->
                "港口的负责人把船数了两遍，把数字写进本子里，却没有回家。他说少了点什么，尽管什么也没少：" + "天亮以前出去三十一条，现在三十一条都在这里摇晃。是天气的缘故，妻子告诉他，你从来不喜欢东风。";
            default -> throw new IllegalArgumentException(name);
        };
    }
}
