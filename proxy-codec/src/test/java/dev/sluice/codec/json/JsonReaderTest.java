package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.sluice.codec.Cuts;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonReaderTest {
    private static final int NAME = 1;
    private static final int LIST = 2;
    private static final int ITEM = 3;
    private static final int COUNT = 4;
    private static final int INNER = 5;

    private static final JsonShape SHAPE = JsonShape.path()
            .members(Map.of(
                    "name", JsonShape.text(NAME),
                    "list",
                            JsonShape.value(LIST)
                                    .elements(JsonShape.text(ITEM).members(Map.of("count", JsonShape.value(COUNT)))),
                    "inner", JsonShape.path().members(Map.of("inner", JsonShape.text(INNER)))));

    @Test
    void reportsTheValuesAtThePlacesOfTheShape() {
        assertThat(read("{\"name\":\"Ann\",\"list\":[\"a\",{\"count\":7,\"more\":{\"count\":8}},null],\"count\":9}"))
                .containsExactly("1=Ann", "3=a", "4=7", "3={..}", "3=NULL", "2=[..]");
    }

    @Test
    void equalNamesElsewhereAreNotReported() {
        assertThat(read("{\"x\":{\"name\":\"no\"},\"list\":{\"count\":1,\"x\":[\"no\"]},\"inner\":[{\"inner\":\"no\"}],"
                        + "\"inner\":{\"inner\":{\"inner\":\"no\"},\"name\":\"no\"},\"s\":\"\\\"name\\\":1\"}"))
                .containsExactly("2={..}", "5={..}");
    }

    @Test
    void tellsEmptyFromFull() {
        assertThat(read("{\"name\":\"\",\"list\":[ ]}")).containsExactly("1=", "2=[]");
        assertThat(read("{\"name\":{ }}")).containsExactly("1={}");
        assertThat(read("{\"name\":[0]}")).containsExactly("1=[..]");
        assertThat(read("{\"name\":\"\\n\"}")).containsExactly("1=\n");
    }

    @Test
    void unescapesTextAndNames() {
        assertThat(read("{\"n\\u0061me\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\\u00e9\\u96EA\"}"))
                .containsExactly("1=a\"\\/\b\f\n\r\tzé雪");
        assertThat(read("{\"name\":\"\\uD83C\\uDFD4|\\uD83C|\\uDFD4|\\uD83C\\uD83C\\uDFD4\\uD83C\"}"))
                .containsExactly("1=🏔|\uFFFD|\uFFFD|\uFFFD🏔\uFFFD");
        assertThat(read("{\"name\":\"Grüße 雪山 🏔\"}")).containsExactly("1=Grüße 雪山 🏔");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "17, 17",
        "-3, -1",
        "2.9, 2",
        "1e3, -1",
        "1.5E+2, -1",
        "9223372036854775807, 9223372036854775807",
        "99999999999999999999999, 9223372036854775807"
    })
    void readsTheWholePartOfNumbers(String number, long expected) {
        assertThat(read("{\"list\":[{\"count\":" + number + "}]}")).contains("4=" + expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, -1",
        "0.000, 0",
        "0.00012, 120000",
        "1.2e-4, 120000",
        "12E-5, 120000",
        "0.0000012e+2, 120000",
        "99999999, 99999999000000000",
        "99999999.999999999, 99999999999999999",
        "99999999.9999999994999, 99999999999999999",
        "99999999.9999999995, 100000000000000000",
        "100000000, -1",
        "1e8, -1",
        "1e999999999999999999999, -1",
        "1e-999999999999999999999, 0",
        "0e999999999999999999999, 0",
        "0.0000000005, 1",
        "0.00000000049999999999999999999999999999, 0",
        "5e-10, 1",
        "5e-11, 0",
        "-0.5, -1",
        "1-2, -1",
        "1.2.3, -1",
        "1e2e3, -1",
        "1e2.5, -1",
        "1e--2, -1"
    })
    void readsDecimalsAsNanoUnitsWhereTextIsKept(String number, long expected) {
        assertThat(nano(number)).isEqualTo(expected);
    }

    @Test
    void decimalsAreWhatExactArithmeticMakesOfThem() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            String number = randomDecimal(random);
            BigDecimal exact = new BigDecimal(number).movePointRight(9).setScale(0, RoundingMode.HALF_UP);
            long limit = JsonDecimal.LIMIT;
            long found = decimal(number, random.nextInt(number.length()));
            if (exact.compareTo(BigDecimal.valueOf(limit)) < 0) {
                assertThat(found).as(number).isEqualTo(exact.longValueExact());
            } else {
                // What rounding alone lifts to the limit may be given.
                assertThat(found).as(number).isIn(-1L, limit);
            }
        }
    }

    private static long decimal(String number, int cut) {
        byte[] bytes = number.getBytes(UTF_8);
        JsonDecimal decimal = new JsonDecimal();
        decimal.begin();
        decimal.read(bytes, 0, cut);
        decimal.read(bytes, cut, bytes.length);
        return decimal.nano();
    }

    private static String randomDecimal(Random random) {
        StringBuilder number = new StringBuilder();
        digits(number, random, 1 + random.nextInt(10));
        if (random.nextBoolean()) {
            digits(number.append('.'), random, 1 + random.nextInt(25));
        }
        if (random.nextInt(3) == 0) {
            number.append(random.nextBoolean() ? "e-" : "E").append(random.nextInt(14));
        }
        return number.toString();
    }

    private static void digits(StringBuilder number, Random random, int count) {
        for (int i = 0; i < count; i++) {
            // Rounding is decided by fours, fives, nines and zeros.
            number.append("0459".charAt(random.nextInt(4)));
        }
    }

    private static long nano(String number) {
        byte[] bytes = ("[{\"count\":3},{\"cost\":" + number + "},7]").getBytes(UTF_8);
        JsonShape shape = JsonShape.path()
                .elements(JsonShape.path()
                        .members(Map.of("cost", JsonShape.text(NAME), "count", JsonShape.value(COUNT))));
        List<Long> found = new ArrayList<>();
        Cuts.forEachCut(bytes.length, 1, cut -> {
            JsonReader reader = new JsonReader(shape, (id, value) -> {
                if (id == NAME) {
                    found.add(value.nano());
                }
            });
            feed(reader, bytes, cut, Cuts.onHeap());
        });
        assertThat(new HashSet<>(found)).as("however %s is cut", number).hasSize(1);
        return found.getFirst();
    }

    @Test
    void keepsOnlyTheBeginningOfAVeryLongText() {
        String text = "x".repeat(JsonUnescaper.LIMIT_BYTES * 3);
        byte[] document = ("{\"name\":\"" + text + "\",\"list\":[]}").getBytes(UTF_8);
        List<String> found = read(document, new int[] {document.length}, Cuts.direct());
        assertThat(found).containsExactly("1=" + text.substring(0, JsonUnescaper.LIMIT_BYTES), "2=[]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                " {\"a\" : [ 1 , true , false , null , -0.5e-7 , \"\" ] } \n",
                "[]",
                "null",
                "12",
                "\"x\"",
                "{\"a\":{\"b\":{\"c\":[[[{}]]]}}}",
                "{\"a\":\"\\u0000\\uD800\"}",
                "{\"\":1}"
            })
    void acceptsWhatIsJson(String document) {
        assertThat(valid(document)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "[",
                "]",
                "{]",
                "[}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "[,]",
                "[1,]",
                "[1 2]",
                "{\"a\" 1}",
                "{\"a\":1 \"b\":2}",
                "{a:1}",
                "{1:1}",
                "nul",
                "nulll",
                "tru",
                "falsy",
                "NaN",
                "{}{}",
                "{} x",
                "[1]]",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u12\"",
                "\"a\nb\"",
                "\"a\tb\"",
                ":",
                ",",
                "{:1}",
                "{\"a\"::1}",
                "{\"a\":1:2}",
                "+1",
                ".5",
                "'a'",
                "{\"a\":[}",
                "\u00001"
            })
    void refusesWhatIsNot(String document) {
        assertThat(valid(document)).isFalse();
    }

    @Test
    void refusesDepthsThatNobodyNeeds() {
        int limit = JsonPlace.MAX_DEPTH;
        assertThat(valid("[".repeat(limit) + "]".repeat(limit))).isTrue();
        assertThat(valid("[".repeat(limit + 1) + "]".repeat(limit + 1))).isFalse();
        assertThat(valid("{\"a\":".repeat(limit) + "1" + "}".repeat(limit))).isTrue();
    }

    @Test
    void readsOneDocumentAfterAnotherAlsoAfterAMalformedOne() {
        List<String> found = new ArrayList<>();
        JsonReader reader = new JsonReader(SHAPE, (id, value) -> found.add(describe(id, value)));
        for (String document :
                List.of("{\"name\":\"a\"}", "{\"list\":[{\"n", "{\"name\":\"b\\", "}", "{\"name\":\"c\"}")) {
            ByteBuf buffer = Cuts.onHeap().buffer(document.getBytes(UTF_8), 0, document.length());
            reader.feed(buffer, buffer.readerIndex(), buffer.readableBytes());
            buffer.release();
            assertThat(reader.end()).isEqualTo(document.startsWith("{\"name\"") && document.endsWith("}"));
            reader.reset();
        }
        assertThat(found).containsExactly("1=a", "1=c");
    }

    @Test
    void agreesWithJacksonOnWhatIsJson() {
        String[] tokens = {
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"name\"",
            "\"list\"",
            "1 ",
            "-2.5 ",
            "true",
            "null",
            " ",
            "\"\\u00e9\"",
            "\"雪\"",
            "{\"name\":",
            "[\"x\",",
            "\"inner\":{",
            "\""
        };
        int legal = 0;
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            StringBuilder document = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                document.append(tokens[random.nextInt(tokens.length)]);
            }
            String text = document.toString();
            boolean expected = jacksonAccepts(text);
            legal += expected ? 1 : 0;
            byte[] bytes = text.getBytes(UTF_8);
            int[] cut = Cuts.randomCut(random, bytes.length);
            assertThat(valid(bytes, cut, Cuts.direct()))
                    .as("%s cut %s", text, Arrays.toString(cut))
                    .isEqualTo(expected);
        }
        assertThat(legal).isGreaterThan(1000);
    }

    private static boolean jacksonAccepts(String document) {
        try (JsonParser parser = new JsonFactory().createParser(document)) {
            int values = 0;
            int depth = 0;
            while (parser.nextToken() != null) {
                depth += parser.currentToken().isStructStart() ? 1 : 0;
                depth -= parser.currentToken().isStructEnd() ? 1 : 0;
                boolean named = parser.currentToken() == com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
                values += depth == 0 && !named ? 1 : 0;
            }
            return values == 1;
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> read(String document) {
        byte[] bytes = document.getBytes(UTF_8);
        List<String> whole = read(bytes, new int[] {bytes.length}, Cuts.onHeap());
        Cuts.forEachCut(bytes.length, 50, cut -> {
            assertThat(read(bytes, cut, Cuts.onHeap())).isEqualTo(whole);
            assertThat(read(bytes, cut, Cuts.direct())).isEqualTo(whole);
        });
        return whole;
    }

    private static List<String> read(byte[] document, int[] cut, Cuts cuts) {
        List<String> found = new ArrayList<>();
        JsonReader reader = new JsonReader(SHAPE, (id, value) -> found.add(describe(id, value)));
        feed(reader, document, cut, cuts);
        assertThat(reader.end()).isTrue();
        return found;
    }

    private static boolean valid(String document) {
        byte[] bytes = document.getBytes(UTF_8);
        boolean whole = valid(bytes, new int[] {bytes.length}, Cuts.onHeap());
        if (bytes.length < 200) {
            Cuts.forEachCut(
                    bytes.length,
                    10,
                    cut -> assertThat(valid(bytes, cut, Cuts.direct())).isEqualTo(whole));
        }
        return whole;
    }

    private static boolean valid(byte[] document, int[] cut, Cuts cuts) {
        JsonReader reader = new JsonReader(SHAPE, (id, value) -> {});
        feed(reader, document, cut, cuts);
        return reader.end();
    }

    private static void feed(JsonReader reader, byte[] document, int[] cut, Cuts cuts) {
        int from = 0;
        for (int end : cut) {
            ByteBuf buffer = cuts.buffer(document, from, end);
            reader.feed(buffer, buffer.readerIndex(), buffer.readableBytes());
            buffer.release();
            from = end;
        }
        assertThat(cuts.unreleasedBytes()).isZero();
    }

    private static String describe(int id, JsonReader value) {
        String shown = switch (value.kind()) {
            case STRING -> value.text();
            case NUMBER -> String.valueOf(value.number());
            case OBJECT -> value.isEmpty() ? "{}" : "{..}";
            case ARRAY -> value.isEmpty() ? "[]" : "[..]";
            case NULL, TRUE, FALSE -> value.kind().name();
        };
        return id + "=" + shown;
    }
}
