package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.it.FaultProvider.Turned;
import dev.sluice.gateway.it.OpenLoop.Reply;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever goes wrong and wherever in an answer: when a caller has got a first piece of content, nobody is asked again,
 * and all it gets is of that one attempt. Each attempt says words of its own, so that they can be told apart; what was
 * tried is known from the providers. {@code -Dseed=} repeats what a run printed.
 */
final class NoRepeatAfterContentIT {
    private static final int PER_SECOND = 150;
    private static final int CALLS = 900;
    private static final int FAILING_PERCENT = 55;
    private static final int ROUTES = 9;
    private static final Duration THINKING = Duration.ofMillis(80);
    private static final Pattern WORD = Pattern.compile("\"content\":\"(try\\d+)[ .]");
    private static final Pattern CALL = Pattern.compile("the call (\\d+)!");

    private final long seed = Long.getLong("seed", System.nanoTime());
    private final AtomicInteger tries = new AtomicInteger();
    private final List<FaultProvider> providers = new ArrayList<>();

    private static List<Fault> faults() {
        Set<Fault> faults = new TreeSet<>(Fault.at(Fault.Moment.BEFORE_CONTENT));
        faults.addAll(Fault.at(Fault.Moment.AFTER_CONTENT));
        List<Fault> all = new ArrayList<>(faults);
        // What lasts until the total time is over, or means this key for a while, would leave the others no chance.
        all.removeAll(List.of(
                Fault.DRIP,
                Fault.PINGS,
                Fault.DRIP_MID_STREAM,
                Fault.ENDLESS,
                Fault.GIANT_OPENER,
                Fault.GIANT_EVENT,
                Fault.LIMITED,
                Fault.LIMITED_FOR_A_WHILE,
                Fault.KEY_REJECTED,
                Fault.KEY_FORBIDDEN));
        // Half of the faults strike anywhere.
        List<Fault> anywhere = List.copyOf(Fault.at(Fault.Moment.ANY_TIME));
        for (int i = 0; i < faults.size(); i++) {
            all.add(anywhere.get(i % anywhere.size()));
        }
        return all;
    }

    private Speech speech(ReceivedRequest request) {
        String word = "try" + tries.incrementAndGet();
        return Speech.words(word + " of " + request.model(), word + " goes on", word + " and on", word + ".");
    }

    private String configuration(String more) throws IOException {
        StringBuilder entries = new StringBuilder();
        for (String name : List.of("one", "two", "three")) {
            FaultProvider provider = FaultProvider.start(
                    Programme.sometimes(FAILING_PERCENT, seed + providers.size(), faults())
                            .thinkingUpTo(THINKING),
                    this::speech);
            providers.add(provider);
            entries.append("  " + name + ": { dialect: openai, responses: false, base_url: \"" + provider.address()
                    + "/v1\", api_key: k, allow_private: true,"
                    + " breaker: { failures: 1000, ratio: 100%, requests: 10000 } }\n");
        }
        StringBuilder models = new StringBuilder();
        for (int i = 0; i < ROUTES; i++) {
            models.append("  chat-" + i + ": { targets: [ { model: one/m }, { model: two/m }, { model: three/m } ],"
                    + " timeouts: { connect: 1s, first_token: 500ms, idle: 500ms, total: 6s }" + more + " }\n");
        }
        return Rig.with(entries.toString(), models.toString());
    }

    private static Call call(Rig rig, int number) {
        String body = Words.streamed("chat-" + number % ROUTES).replace("Grüß Gott", "the call " + number + "!");
        return rig.keyed(Call.chat(body));
    }

    @Test
    void nobodyIsAskedAgainAfterTheFirstContent() throws Exception {
        System.out.println("-Dseed=" + seed);
        try (Rig rig = Rig.start(configuration(""), Map.of())) {
            List<Reply> replies = OpenLoop.run(rig.address(), PER_SECOND, CALLS, number -> call(rig, number));
            Map<Integer, List<Turned>> turns = turnsByCall();

            int brokenOff = 0;
            int rescued = 0;
            for (Reply reply : replies) {
                List<Turned> tried = turns.getOrDefault(reply.number(), List.of());
                Turned answering = answering(reply, tried);
                if (answering != null) {
                    assertThat(tried.getLast())
                            .as("the last one asked of " + tried)
                            .isSameAs(answering);
                    rescued += tried.size() > 1 ? 1 : 0;
                    brokenOff += reply.isServed(answering.speech().heard(true)) ? 0 : 1;
                }
            }
            System.out.println(rescued + " calls were rescued, " + brokenOff + " broken off");
            // Both sides of the line have been visited often.
            assertThat(rescued).isGreaterThan(CALLS / 10);
            assertThat(brokenOff).isGreaterThan(CALLS / 10);
        } finally {
            close();
        }
    }

    /** The attempt that the caller has got content of; null when it has got none. */
    private static @Nullable Turned answering(Reply reply, List<Turned> tried) {
        if (reply.answer() == null) {
            throw new AssertionError("no answer: " + reply);
        }
        Set<String> words = new TreeSet<>();
        Matcher matcher = WORD.matcher(reply.answer().text());
        while (matcher.find()) {
            words.add(matcher.group(1));
        }
        if (words.isEmpty()) {
            return null;
        }
        assertThat(words).as("whose words the caller has got").hasSize(1);
        String word = words.iterator().next();
        return tried.stream()
                .filter(turn -> turn.speech().heard(true).contains("\"" + word + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("words of nobody: " + reply));
    }

    /** What was tried for each call, in the order in which it arrived. */
    private Map<Integer, List<Turned>> turnsByCall() {
        Map<Integer, List<Turned>> turns = new HashMap<>();
        for (FaultProvider provider : providers) {
            for (Turned turn : provider.turned()) {
                Matcher matcher = CALL.matcher(turn.request().text());
                if (!matcher.find()) {
                    throw new AssertionError(
                            "whose request is this: " + turn.request().text());
                }
                turns.computeIfAbsent(Integer.parseInt(matcher.group(1)), call -> new ArrayList<>())
                        .add(turn);
            }
        }
        turns.values().forEach(all -> all.sort(Comparator.comparingLong(Turned::beganNanos)));
        return turns;
    }

    /** With a race of two attempts: the row of the winner says when its content came, and no other begins later. */
    @Test
    void norIsAHedgeBegunAfterTheFirstContent() throws Exception {
        System.out.println("-Dseed=" + seed);
        try (Rig rig = Rig.start(configuration(", hedge: { after: 30ms, budget: 100% }"), Map.of())) {
            List<Reply> replies = OpenLoop.run(rig.address(), PER_SECOND, CALLS, number -> call(rig, number));
            Map<Integer, List<Turned>> turns = turnsByCall();

            Map<String, List<UsageRow>> rows = await("rows of all calls")
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> rowsByCall(rig), found -> replies.stream().allMatch(reply -> isBooked(reply, found)));
            int raced = 0;
            for (Reply reply : replies) {
                if (answering(reply, turns.getOrDefault(reply.number(), List.of())) != null) {
                    raced += assertNoneBegunAfterContent(rows.get(Rig.requestId(reply.call()))) ? 1 : 0;
                }
            }
            System.out.println(raced + " races were lost and won");
            assertThat(raced).isGreaterThan(CALLS / 10);
        } finally {
            close();
        }
    }

    private static boolean isBooked(Reply reply, Map<String, List<UsageRow>> rows) {
        return rows.getOrDefault(Rig.requestId(reply.call()), List.of()).stream()
                .anyMatch(row -> reply.firstContentNanos() == 0 || row.value("ttft_ms") != null);
    }

    private static Map<String, List<UsageRow>> rowsByCall(Rig rig) throws SQLException {
        return rig.query("SELECT * FROM sluice.usage_event WHERE request_id LIKE 'it-%' ORDER BY attempt").stream()
                .collect(Collectors.groupingBy(row -> row.text("request_id")));
    }

    /** Returns whether there was a race. */
    private static boolean assertNoneBegunAfterContent(List<UsageRow> rows) {
        UsageRow winner = rows.stream()
                .filter(row -> row.value("ttft_ms") != null)
                .findFirst()
                .orElseThrow(() -> new AssertionError("content without a time: " + rows));
        long contentMicros = micros(winner) + Objects.requireNonNull(winner.number("ttft_ms")) * 1_000;
        for (UsageRow row : rows) {
            // Rows count whole milliseconds.
            assertThat(micros(row)).as("begin of an attempt: " + rows).isLessThanOrEqualTo(contentMicros + 1_000);
        }
        return rows.stream().anyMatch(row -> row.status().equals("cancelled"));
    }

    private static long micros(UsageRow row) {
        Timestamp at = (Timestamp) Objects.requireNonNull(row.value("started_at"));
        return at.toInstant().getEpochSecond() * 1_000_000 + at.toInstant().getNano() / 1_000;
    }

    private void close() throws IOException {
        for (FaultProvider provider : providers) {
            provider.close();
        }
    }
}
