package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Conversations that grow turn by turn, in three dialects, over five targets: each stays where it began. What many of them
 * do to the load is simulated in {@code StickySimulationTest}; here the whole way from the caller's bytes is gone.
 */
final class StickyRoutesIT {
    private static final List<String> NAMES = List.of("one", "two", "three", "four", "five");
    private static final int CONVERSATIONS = 120;
    private static final int TURNS = 4;

    private static final List<FaultProvider> providers = new ArrayList<>();
    private static Rig rig;

    private enum Dialect {
        CHAT,
        MESSAGES,
        RESPONSES;

        /** @param said by turns, the user first */
        Call ask(String model, int number, List<String> said) {
            StringBuilder turns = new StringBuilder();
            for (int i = 0; i < said.size(); i++) {
                turns.append(i == 0 ? "" : ",")
                        .append("{\"role\":\"")
                        .append(i % 2 == 0 ? "user" : "assistant")
                        .append("\",\"content\":\"")
                        .append(said.get(i))
                        .append("\"}");
            }
            // What is said of the answer differs from turn to turn, and stands before or behind.
            String limit = "\"max_tokens\":" + (100 + said.size());
            return switch (this) {
                case CHAT ->
                    Call.chat("{\"model\":\"" + model + "\"," + limit + ",\"messages\":[" + turns
                            + "],\"temperature\":0." + said.size() + "}");
                case MESSAGES ->
                    Call.post(
                            "/v1/messages",
                            "{" + limit + ",\"system\":\"You know the number " + number % 3 + ".\",\"messages\":["
                                    + turns + "],\"model\":\"" + model + "\"}");
                case RESPONSES -> Call.post("/v1/responses", "{\"input\":[" + turns + "],\"model\":\"" + model + "\"}");
            };
        }
    }

    @BeforeAll
    static void startFiveProviders() throws Exception {
        StringBuilder entries = new StringBuilder();
        StringBuilder targets = new StringBuilder();
        for (String name : NAMES) {
            FaultProvider provider = FaultProvider.start(Programme.always(Fault.NONE), Speech.words("Guten ", "Tag"));
            providers.add(provider);
            entries.append(String.format(
                    Locale.ROOT,
                    "  %s: { dialect: openai, responses: false, base_url: \"%s/v1\", api_key: k, allow_private: true }%n",
                    name,
                    provider.address()));
            targets.append(targets.isEmpty() ? "" : ", ")
                    .append("{ model: ")
                    .append(name)
                    .append("/m }");
        }
        rig = Rig.start(
                Rig.with(
                        entries.toString(),
                        "  same: { route: affinity, targets: [ " + targets
                                + " ] }\n  mine: { route: session, targets: [ " + targets + " ] }\n"),
                Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
        for (FaultProvider provider : providers) {
            provider.close();
        }
    }

    private static String askedAt(Call call) throws IOException {
        Answer answer = rig.answer(call);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return Objects.requireNonNull(answer.field("x-sluice-provider"));
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void everyTurnReachesTheTargetOfTheFirst(Dialect dialect) throws Exception {
        Map<Integer, List<String>> said = new HashMap<>();
        Map<Integer, String> home = new HashMap<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < CONVERSATIONS; i++) {
            order.addAll(Collections.nCopies(TURNS, i));
        }
        Collections.shuffle(order, new Random(7));
        int strays = 0;
        for (int number : order) {
            List<String> turns = said.computeIfAbsent(number, begun -> new ArrayList<>());
            if (!turns.isEmpty()) {
                turns.add("Guten Tag");
            }
            turns.add("The question " + turns.size() + " of " + number);
            String at = askedAt(rig.keyed(dialect.ask("same", number, turns)));
            String first = home.putIfAbsent(number, at);
            strays += first == null || first.equals(at) ? 0 : 1;
        }

        // So few conversations do not spread evenly, and the bound on a target's load sends some turns elsewhere; if
        // the
        // target did not depend on the conversation alone, four of five would go.
        assertThat(strays).as("turns that went elsewhere").isLessThanOrEqualTo(order.size() / 20);
        assertThat(home.values()).as("who is somebody's home").containsAll(NAMES);
    }

    @Test
    void aSessionStaysWhateverIsSaidInIt() throws Exception {
        List<String> homes = new ArrayList<>();
        for (int session = 0; session < 20; session++) {
            List<String> seen = new ArrayList<>();
            for (int turn = 0; turn < 5; turn++) {
                Call call = Dialect.CHAT.ask("mine", session, List.of("Something else " + session + " " + turn));
                seen.add(askedAt(rig.keyed(call).with("x-session-id", "session-" + session)));
            }
            assertThat(seen).as("session " + session).containsOnly(seen.getFirst());
            homes.add(seen.getFirst());
        }
        assertThat(new HashSet<>(homes)).as("where sessions are at home").hasSizeGreaterThan(2);
    }
}
