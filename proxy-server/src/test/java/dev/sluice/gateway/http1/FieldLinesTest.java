package dev.sluice.gateway.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Beside Netty's own headers wherever both say the same. */
class FieldLinesTest {
    private final FieldLines fields = new FieldLines();

    private static String written(FieldLines lines) {
        ByteBuf out = Unpooled.buffer();
        lines.writeTo(out);
        assertThat(out.readableBytes()).isEqualTo(lines.byteSize());
        return out.toString(ISO_8859_1);
    }

    @Test
    void namesAreFoundInAnyCaseAndKeptAsTheyWereGiven() {
        fields.add("Content-Type", "a/b");

        assertThat(fields.get("content-TYPE")).isEqualTo("a/b");
        assertThat(fields.get(AsciiString.of("content-type"))).isEqualTo("a/b");
        assertThat(fields.contains("CONTENT-TYPE")).isTrue();
        assertThat(fields.contains("content-typ")).isFalse();
        assertThat(written(fields)).isEqualTo("Content-Type: a/b\r\n");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 1234567890123L, Long.MAX_VALUE, -1, -10, Long.MIN_VALUE})
    void numbersAreWrittenWithoutStrings(long number) {
        fields.add("x", "y");
        fields.addLong("n", number);
        fields.add("z", "1");

        assertThat(written(fields)).isEqualTo("x: y\r\nn: " + number + "\r\nz: 1\r\n");
        assertThat(fields.get("n")).isEqualTo(Long.toString(number));
        fields.setLong("N", 5);
        assertThat(written(fields)).isEqualTo("x: y\r\nz: 1\r\nN: 5\r\n");
    }

    @Test
    void nothingInAValueCanEndALine() {
        for (int c = 0; c < 0x300; c++) {
            String value = "a" + (char) c + "b";
            fields.clear();
            if (c != '\t' && (c < ' ' || c == 0x7f)) {
                assertThatThrownBy(() -> fields.add("x", value))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("the value of header 'x' has a control character at index 1");
                assertThat(written(fields)).isEmpty();
            } else {
                fields.add("x", value);
                String sent = c > 0xff ? "a?b" : value;
                assertThat(written(fields)).isEqualTo("x: " + sent + "\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:", "a\r\n", "\u00e4", "a\u0000", "\u0141", "a/"})
    void aNameIsAToken(String name) {
        assertThatThrownBy(() -> fields.add(name, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fields.addLong(name, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(fields.isEmpty()).isTrue();
        assertThat(written(fields)).isEmpty();
    }

    @Test
    void valuesAreFoundAmongSeveral() {
        fields.add("connection", "Keep-Alive, Upgrade ,\t x");
        fields.add("other", "close");
        fields.add("Connection", "y");
        HttpHeaders netty = new DefaultHttpHeaders().add(fields);

        for (String value :
                List.of("keep-alive", "UPGRADE", "upgrade", "x", "y", "Y", "close", "keep", "", "Upgrade ,", "z")) {
            for (boolean ignoreCase : new boolean[] {true, false}) {
                assertThat(fields.containsValue("connection", value, ignoreCase))
                        .as("%s, %s", value, ignoreCase)
                        .isEqualTo(netty.containsValue("connection", value, ignoreCase));
                assertThat(fields.contains("connection", value, ignoreCase))
                        .isEqualTo(netty.contains("connection", value, ignoreCase));
            }
        }
        assertThat(fields.containsValue("none", "x", true)).isFalse();
    }

    @Test
    void emptyElementsOfAListAreNone() {
        fields.add("a", "x,, y,");
        fields.add("b", "");

        assertThat(fields.containsValue("a", "y", true)).isTrue();
        assertThat(fields.containsValue("b", "y", true)).isFalse();
    }

    @Test
    void fieldsOfOthersAreCopied() {
        FieldLines other = new FieldLines();
        other.add("b", "2").add("c", "3");
        fields.add("a", "1");
        fields.add(other);
        other.set("b", "changed");
        fields.add(new DefaultHttpHeaders().add("d", "4"));

        assertThat(written(fields)).isEqualTo("a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n");
        assertThat(fields.get("c")).isEqualTo("3");
        assertThat(fields.get("d")).isEqualTo("4");
    }

    @Test
    void aCopyIsOnItsOwn() {
        fields.add("a", "1").add("b", "2");
        HttpHeaders copy = fields.copy();
        fields.set("a", "changed");
        copy.add("c", "3");

        assertThat(copy.entries()).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"), Map.entry("c", "3"));
        assertThat(fields.contains("c")).isFalse();
    }

    @Test
    void whatIsGivenBackComesAgainEmpty() throws Exception {
        // Only such threads keep any.
        FutureTask<Void> onLoop = new FutureTask<>(() -> {
            FieldLines taken = FieldLines.take();
            taken.add("authorization", "secret").add("long", "x".repeat(20_000));
            taken.giveBack();

            FieldLines again = FieldLines.take();
            assertThat(again == taken).isTrue();
            assertThat(again.isEmpty()).isTrue();
            assertThat(again.get("authorization")).isNull();
            assertThat(written(again)).isEmpty();
            assertThat(again.array().length).as("much is not kept").isLessThan(10_000);
            again.add("a", "b");
            assertThat(written(again)).isEqualTo("a: b\r\n");
            again.giveBack();
            return null;
        });
        new FastThreadLocalThread(onLoop).start();
        onLoop.get(10, TimeUnit.SECONDS);
    }

    @Test
    void afterAnyChangesTheyAreWhatNettysWouldBe() {
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 300; round++) {
            FieldLines ours = FieldLines.take();
            HttpHeaders netty = new DefaultHttpHeaders();
            for (int step = 0; step < 60; step++) {
                change(random, ours, netty);
                assertThat(ours.entries()).isEqualTo(netty.entries());
                assertThat(ours.size()).isEqualTo(netty.size());
            }
            for (int name = 0; name < 8; name++) {
                assertThat(ours.getAll("NAME" + name)).isEqualTo(netty.getAll("NAME" + name));
                assertThat(ours.get("name" + name)).isEqualTo(netty.get("name" + name));
                assertThat(ours.getInt("name" + name)).isEqualTo(netty.getInt("name" + name));
            }
            ours.giveBack();
        }
    }

    private static void change(SplittableRandom random, FieldLines ours, HttpHeaders netty) {
        String name = (random.nextBoolean() ? "name" : "Name") + random.nextInt(8);
        String value = "v".repeat(random.nextInt(50));
        switch (random.nextInt(7)) {
            case 0, 1, 2 -> {
                ours.add(name, value);
                netty.add(name, value);
            }
            case 3 -> {
                ours.set(name, value);
                netty.set(name, value);
            }
            case 4 -> {
                ours.remove(name);
                netty.remove(name);
            }
            case 5 -> {
                int number = random.nextInt();
                ours.setInt(name, number);
                netty.setInt(name, number);
            }
            default -> {
                ours.add(name, List.of("1", "2"));
                netty.add(name, List.of("1", "2"));
            }
        }
    }
}
