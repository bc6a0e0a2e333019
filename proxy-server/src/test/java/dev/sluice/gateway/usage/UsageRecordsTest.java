package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.usage.UsageRecordReader.Opened;
import dev.sluice.gateway.usage.UsageRecordReader.Progress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageRecordsTest {
    private static final UUID ID = UUID.fromString("01234567-89ab-7def-8123-456789abcdef");
    private static final Counted COUNTED = new Counted(17, true, Usage.UNKNOWN, false, true);
    private static final Usage EVERYTHING =
            new Usage(1_000_000, 800, 70, 60, 5, 4, 3, 2_000, 127, 128, 16_383, 16_384, Long.MAX_VALUE);

    private final KnownTexts texts = new KnownTexts();
    private final UsageRecords records = new UsageRecords(texts);
    private final UsageRecordReader reader = new UsageRecordReader();

    @FunctionalInterface
    private interface Reading {
        Object read(ByteBuffer payload) throws UnreadableRecordException;
    }

    @Test
    void anOpeningComesBackAsItWas() throws UnreadableRecordException {
        open(opening("req-1", "user"), "{\"team\":\"é\"}");
        assertThat(reader.open(payload()))
                .isEqualTo(new Opened(
                        ID,
                        Summaries.STARTED_MICROS,
                        "req-1",
                        2,
                        "key-1",
                        null,
                        "user",
                        "{\"team\":\"é\"}",
                        "chat.completions",
                        "chat",
                        "openai",
                        "gpt-4o-mini",
                        true,
                        COUNTED));
    }

    @Test
    void textOfAnOpeningIsBoundedAndFitForTheDatabase() throws UnreadableRecordException {
        open(opening("r".repeat(1_000), "a\0b\uD800"), null);
        Opened opened = reader.open(payload());
        assertThat(opened.requestId()).isEqualTo("r".repeat(128));
        assertThat(opened.endUser()).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(opened.tags()).isNull();
    }

    @Test
    void progressComesBackAsItWas() throws UnreadableRecordException {
        records.progress(ID, COUNTED, EVERYTHING, 5_000, UsageEvent.UNKNOWN);
        assertThat(reader.progress(payload())).isEqualTo(new Progress(ID, COUNTED, EVERYTHING, 5_000, -1));
        records.progress(ID, Counted.NOTHING, Usage.NONE, 0, Integer.MAX_VALUE);
        assertThat(reader.progress(payload()))
                .isEqualTo(new Progress(ID, Counted.NOTHING, Usage.NONE, 0, Integer.MAX_VALUE));
    }

    @Test
    void anEndComesBackAsItWas() throws UnreadableRecordException {
        for (UsageEvent event : new UsageEvent[] {full(), bare()}) {
            records.close(event);
            assertThat(reader.close(payload())).isEqualTo(event);
        }
    }

    @Test
    void progressIsWrittenAsTheFormatSays() {
        records.progress(ID, new Counted(127, true, 128, false, true), Usage.NONE, 0, -1);
        assertThat(HexFormat.of().formatHex(records.buffer(), 0, records.size()))
                .isEqualTo("0123456789ab7def8123456789abcdef" + "01"
                        + "8001" + "01" + "8101" + "00" + "01"
                        + "00".repeat(13)
                        + "01" + "00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "é", "€", "日本語", "😀", "a😀é€z", "\uFFFF", "\u07FF\u0800\uD7FF"})
    void anyTextComesBack(String text) throws UnreadableRecordException {
        open(opening("r", text), text);
        Opened opened = reader.open(payload());
        assertThat(opened.endUser()).isEqualTo(text);
        assertThat(opened.tags()).isEqualTo(text);
    }

    @Test
    void aLargeRecordLeavesNothingInTheNext() throws UnreadableRecordException {
        open(opening("r", null), "\"" + "€".repeat(50_000) + "\"");
        assertThat(reader.open(payload()).tags()).hasSize(50_002);
        byte[] before = records.buffer();
        records.close(bare());
        assertThat(records.buffer()).isSameAs(before);
        assertThat(reader.close(payload())).isEqualTo(bare());
    }

    @Test
    void aRecordThatIsCutAnywhereIsRefused() {
        open(opening("req-1", "user"), "{}");
        refusedAtEveryLength(reader::open);
        records.progress(ID, COUNTED, EVERYTHING, 5_000, 5);
        refusedAtEveryLength(reader::progress);
        records.close(full());
        refusedAtEveryLength(reader::close);
    }

    private void refusedAtEveryLength(Reading reading) {
        for (int length = 0; length < records.size(); length++) {
            ByteBuffer cut = ByteBuffer.wrap(records.buffer(), 0, length);
            assertThatThrownBy(() -> reading.read(cut)).isInstanceOf(UnreadableRecordException.class);
        }
        byte[] more = Arrays.copyOf(records.buffer(), records.size() + 1);
        more[records.size()] = 0;
        assertThatThrownBy(() -> reading.read(ByteBuffer.wrap(more)))
                .isInstanceOf(UnreadableRecordException.class)
                .hasMessage("1 bytes behind the last field");
    }

    @Test
    void refusalsNameWhatIsThereAndWhatIsAllowed() {
        records.progress(ID, COUNTED, Usage.NONE, 0, -1);
        byte[] otherVersion = bytes();
        otherVersion[16] = 9;
        assertThatThrownBy(() -> reader.progress(ByteBuffer.wrap(otherVersion)))
                .hasMessage("version 9; this program reads version 1");
        byte[] noFlag = bytes();
        noFlag[18] = 7;
        assertThatThrownBy(() -> reader.progress(ByteBuffer.wrap(noFlag)))
                .hasMessage("input_exact is 7; allowed: 0 or 1");

        open(opening("secret", null), null);
        byte[] noText = bytes();
        int at = new String(noText, StandardCharsets.ISO_8859_1).indexOf("secret");
        noText[at] = (byte) 0xC0;
        assertThatThrownBy(() -> reader.open(ByteBuffer.wrap(noText)))
                .hasMessageStartingWith("request_id is no UTF-8")
                .hasMessageNotContaining("ecret");
        byte[] missing = bytes();
        missing[at - 1] = 0;
        assertThatThrownBy(() -> reader.open(ByteBuffer.wrap(missing))).hasMessage("request_id is missing");
    }

    @Test
    void garbageIsRefusedAndNothingElse() {
        Random random = new Random(42);
        records.close(full());
        byte[] good = bytes();
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = good.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                reader.close(ByteBuffer.wrap(bytes));
                read++;
            } catch (UnreadableRecordException e) {
                assertThat(e).hasMessageNotContaining("req-1");
            }
        }
        // Most changed bytes are still a text or a number; a structure that is broken is always noticed.
        assertThat(read).isBetween(1_000, 19_000);
    }

    @Test
    void noEndIsLongerThanItsOpeningForetells() {
        String longest = "€".repeat(256);
        AttemptOpening opening = new AttemptOpening(
                "€".repeat(128),
                1,
                0,
                longest,
                longest,
                longest,
                Map.of(),
                longest,
                longest,
                longest,
                longest,
                true,
                Counted.NOTHING);
        long most = Long.MAX_VALUE;
        Usage usage = new Usage(most, most, most, most, most, most, most, most, most, most, most, most, most);
        open(opening, longest);
        int foretold = records.largestCloseBytes();
        records.close(new UsageEvent(
                ID,
                most,
                "€".repeat(128),
                Short.MAX_VALUE,
                longest,
                longest,
                longest,
                longest,
                longest,
                longest,
                longest,
                longest,
                true,
                "budget_stop",
                599,
                usage,
                most,
                most,
                "estimated",
                true,
                longest,
                most,
                most,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                longest));
        assertThat(records.size()).isLessThanOrEqualTo(foretold).isGreaterThan(foretold - 200);
    }

    private void open(AttemptOpening opening, @Nullable String tags) {
        Account account = new Account();
        account.begin(ID, opening, tags, texts);
        records.open(account, opening.counted());
    }

    private ByteBuffer payload() {
        return ByteBuffer.wrap(records.buffer(), 0, records.size()).asReadOnlyBuffer();
    }

    private byte[] bytes() {
        return Arrays.copyOf(records.buffer(), records.size());
    }

    static AttemptOpening opening(String requestId, @Nullable String endUser) {
        return new AttemptOpening(
                requestId,
                2,
                Summaries.STARTED_MICROS,
                "key-1",
                null,
                endUser,
                Map.of(),
                "chat.completions",
                "chat",
                "openai",
                "gpt-4o-mini",
                true,
                COUNTED);
    }

    static UsageEvent full() {
        return new UsageEvent(
                ID,
                Summaries.STARTED_MICROS,
                "req-1",
                Short.MAX_VALUE,
                "key-1",
                "team-1",
                "user-1",
                "{\"team\":\"blue\"}",
                "chat.completions",
                "chat",
                "openai",
                "gpt-4o-mini",
                true,
                "ok",
                200,
                EVERYTHING,
                0,
                Long.MAX_VALUE,
                "mixed",
                true,
                "priority",
                123_456_789,
                20_260_101_0123456789L,
                250,
                Integer.MAX_VALUE,
                "upstream-1");
    }

    private static UsageEvent bare() {
        return new UsageEvent(
                ID,
                0,
                "",
                0,
                null,
                null,
                null,
                null,
                "",
                null,
                "",
                "",
                false,
                "",
                -1,
                Usage.NONE,
                -1,
                -1,
                "",
                false,
                null,
                -1,
                -1,
                -1,
                -1,
                null);
    }
}
