package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.it.OpenLoop.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hundred calls a second, a first target that fails in every way there is before content, and a second one: the
 * callers do not notice. When all targets are down they are told so in time, and nobody adds to the trouble by asking
 * again and again.
 *
 * <p>The load lasts {@code -Dfaults.seconds=} (10); {@code -Dseed=} repeats what a run printed.
 */
final class FlakyTargetIT {
    private static final int PER_SECOND = 200;
    private static final int CALLS = PER_SECOND * Integer.getInteger("faults.seconds", 10);
    private static final int FAILING_PERCENT = 30;
    private static final Duration TOTAL = Duration.ofSeconds(5);

    /** Beyond a time limit; this machine has other things to do. */
    private static final Duration SLACK = Duration.ofSeconds(2);

    /** With all targets down: 1.2 for each call. */
    private static final int MOST_ATTEMPTS = CALLS * 6 / 5;

    private static final double LEAST_SERVED = 0.999;
    private static final String TIMEOUTS = "timeouts: { connect: 1s, first_token: 1s, idle: 2s, total: 5s }";

    /** Trips never, so that each call meets the target that fails. */
    private static final String NO_BREAKER = ", breaker: { failures: 1000, ratio: 100%, requests: 10000 }";

    /** A key that is refused, or limited for a while, is left alone: what fails here, fails once. */
    private static final Set<Fault> OF_THE_KEY =
            EnumSet.of(Fault.LIMITED, Fault.LIMITED_FOR_A_WHILE, Fault.KEY_REJECTED, Fault.KEY_FORBIDDEN);

    private static final Set<Fault> LOST = EnumSet.of(Fault.RESET, Fault.CLOSED, Fault.RESET_WITHIN_HEAD);

    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Speech speech = Speech.words("Guten ", "Tag");
    private FaultProvider healthy;

    @TempDir
    private Path directory;

    @BeforeEach
    void startSecond() throws Exception {
        System.out.println("-Dseed=" + seed);
        healthy = FaultProvider.start(Programme.always(Fault.NONE), speech);
    }

    @AfterEach
    void stopSecond() throws Exception {
        healthy.close();
    }

    /** Before content, the provider's doing, and not of a size that has to pass. */
    private static Set<Fault> failures() {
        Set<Fault> faults = Fault.at(Fault.Moment.BEFORE_CONTENT);
        faults.remove(Fault.BAD_REQUEST);
        faults.remove(Fault.GIANT_OPENER);
        return faults;
    }

    private static String provider(String name, FaultProvider at, String more) {
        return "  " + name + ": { dialect: openai, responses: false, base_url: \"" + at.address()
                + "/v1\", api_key: k, allow_private: true" + more + " }\n";
    }

    private static String model(String name, String... targets) {
        StringBuilder entry = new StringBuilder("  " + name + ": { " + TIMEOUTS + ", targets: [ ");
        for (int i = 0; i < targets.length; i++) {
            entry.append(i == 0 ? "" : ", ")
                    .append("{ model: \"")
                    .append(targets[i])
                    .append("\" }");
        }
        return entry.append(" ] }\n").toString();
    }

    private static Call call(Rig rig, String model, int number) {
        return rig.keyed(Call.chat(number % 2 == 0 ? Words.streamed(model) : Words.chat(model)));
    }

    private boolean isServed(Reply reply) {
        return reply.isServed(speech.heard(reply.number() % 2 == 0));
    }

    @Test
    void callersDoNotNoticeAFlakyTarget() throws Exception {
        Set<Fault> failures = failures();
        failures.removeAll(OF_THE_KEY);
        serve(failures, NO_BREAKER, FAILING_PERCENT / 2);
    }

    /** With limits and refused keys among the faults, and the breaker as it comes. */
    @Test
    void callersDoNotNoticeAFlakyTargetThatIsLeftAloneNowAndThen() throws Exception {
        serve(failures(), "", 0);
    }

    /** @param leastPercent how often at least a call must have met a fault */
    private void serve(Set<Fault> failures, String more, int leastPercent) throws Exception {
        Programme programme = Programme.sometimes(FAILING_PERCENT, seed, List.copyOf(failures));
        try (FaultProvider flaky = FaultProvider.start(programme, speech)) {
            String providers = provider("flaky", flaky, more) + provider("healthy", healthy, "");
            try (Rig rig = Rig.start(Rig.with(providers, model("chat", "flaky/m", "healthy/m")), Map.of())) {
                List<Reply> replies =
                        OpenLoop.run(rig.address(), PER_SECOND, CALLS, number -> call(rig, "chat", number));

                List<Reply> failed =
                        replies.stream().filter(reply -> !isServed(reply)).toList();
                assertThat(1 - failed.size() / (double) CALLS)
                        .as("share of the calls that were served, but not " + failed)
                        .isGreaterThanOrEqualTo(LEAST_SERVED);
                assertThat(flaky.faults() * 100.0 / CALLS).as("faults").isGreaterThan(leastPercent);
                assertThat(flaky.asked() + healthy.asked()).as("attempts").isBetween(CALLS, (int)
                        (CALLS + flaky.faults() + failed.size()));
                awaitRows(rig, flaky, healthy);
                System.out.println(CALLS + " calls, " + failed.size() + " not served, " + flaky.faults() + " faults, "
                        + (flaky.asked() + healthy.asked()) + " attempts");
            }
        }
    }

    /**
     * Each attempt has its row, and nothing else has one. A request on a connection that was kept open, and is lost before
     * there is an answer, is sent once more: one attempt for the gateway, two for these providers.
     */
    private static void awaitRows(Rig rig, FaultProvider... providers) {
        long asked = Arrays.stream(providers).mapToLong(FaultProvider::asked).sum();
        long lost = Arrays.stream(providers)
                .flatMap(provider -> provider.turned().stream())
                .filter(turn -> LOST.contains(turn.fault()))
                .count();
        awaitRows(rig, asked - lost, asked);
    }

    private static void awaitRows(Rig rig, long least, long most) {
        await("a row for each attempt")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(rig.query(
                                        "SELECT count(*) AS rows FROM sluice.usage_event WHERE request_id LIKE 'it-%'")
                                .getFirst()
                                .number("rows"))
                        .isBetween(least, most));
    }

    /** Everything that can be wrong with a provider that listens. */
    @Test
    void anOutageOfAllTargetsIsToldInTimeAndNotMadeWorse() throws Exception {
        List<Fault> faults = List.copyOf(failures());
        try (FaultProvider first = FaultProvider.start(Programme.sometimes(100, seed, faults), speech);
                FaultProvider second = FaultProvider.start(Programme.sometimes(100, seed + 1, faults), speech)) {
            String providers = provider("first", first, "") + provider("second", second, "");
            try (Rig rig = Rig.start(Rig.with(providers, model("chat", "first/m", "second/m")), Map.of())) {
                endure(rig);

                // With what was sent once more because a connection was lost.
                assertThat(first.asked() + second.asked())
                        .as("requests that arrived")
                        .isLessThanOrEqualTo(MOST_ATTEMPTS);
                awaitRows(rig, first, second);
            }
        }
    }

    /** ... and with one that does not. */
    @Test
    void anOutageInWhichNobodyCanBeReachedIsToldInTimeAndNotMadeWorse() throws Exception {
        try (DeadEnds deadEnds = new DeadEnds(directory)) {
            StringBuilder providers = new StringBuilder();
            deadEnds.addresses()
                    .forEach((fault, address) -> providers.append("  " + fault.label()
                            + ": { dialect: openai, responses: false, base_url: \"" + address
                            + "\", api_key: k, allow_private: true }\n"));
            String[] targets = deadEnds.addresses().keySet().stream()
                    .map(fault -> fault.label() + "/m")
                    .toArray(String[]::new);
            try (Rig rig = Rig.start(Rig.with(providers.toString(), model("chat", targets)), Map.of())) {
                endure(rig);
            }
            assertThat(deadEnds.heardNothing()).isTrue();
        }
    }

    private static void endure(Rig rig) throws Exception {
        List<Reply> replies = OpenLoop.run(rig.address(), PER_SECOND, CALLS, number -> call(rig, "chat", number));

        int attempts = 0;
        for (Reply reply : replies) {
            attempts += assertToldInTime(reply);
        }
        System.out.println(CALLS + " calls, " + attempts + " attempts");
        assertThat(attempts).as("attempts").isBetween(CALLS, MOST_ATTEMPTS);
        awaitRows(rig, attempts, attempts);
    }

    /** Returns how many attempts there were. */
    private static int assertToldInTime(Reply reply) {
        Answer answer = Objects.requireNonNull(reply.answer(), reply.toString());
        assertThat(answer.complete()).as(reply.toString()).isTrue();
        assertThat(answer.status()).as(reply.toString()).isIn(408, 429, 502, 503, 504);
        assertThat(answer.text()).contains("\"error\"").doesNotContain("[DONE]");
        assertThat(reply.took()).as(reply.toString()).isLessThan(TOTAL.plus(SLACK));
        return Integer.parseInt(Objects.requireNonNull(answer.field("x-sluice-attempts")));
    }
}
