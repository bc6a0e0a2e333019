package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.ERROR_EVENT;
import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.USAGE;
import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Calls of all kinds, some at once, step by step in random order on an engine that uses its exchanges again; each is then
 * repeated alone, on an engine of its own. What the client got and what was published must be the same.
 */
final class RandomCalls {
    private static final int ROUNDS = 25;
    private static final int MOST_AT_ONCE = 4;
    private static final String CLOSE = "connection: close\r\n";
    private static final String STREAM_HEAD = """
            HTTP/1.1 200 OK\r
            content-type: text/event-stream\r
            connection: close\r
            transfer-encoding: chunked\r
            \r
            """;
    private static final String ERROR = "{\"error\":{\"message\":\"no\",\"type\":\"x\",\"param\":null,\"code\":null}}";

    /** How a call goes. */
    private enum Kind {
        WHOLE_ANSWER,
        STREAMED,
        WRONG_KEY,
        NO_JSON,
        CLIENT_LEAVES,
        FALLS_BACK,
        TRUNCATED,
        STOPPED,
        INTERRUPTED,
        PROVIDER_REFUSES,
        FAILS_IN_THE_MIDDLE,
        /** Time passes for everybody, so it goes alone. */
        LATE
    }

    /** One call on one engine: what is left to do, and what came of it. */
    private static final class Play {
        private final Engine engine;
        private final TwoProviders providers;
        private final Call call;
        private final String id;
        private final List<Runnable> steps = new ArrayList<>();
        private @Nullable Peer peer;

        Play(AccountedBuffers buffers, Engine engine, TwoProviders providers, Kind kind, String id, long seed) {
            this.engine = engine;
            this.providers = providers;
            this.id = id;
            this.call = new Call(buffers, engine).named(id);
            plan(kind, new Random(seed));
        }

        private void plan(Kind kind, Random random) {
            String word = "word" + random.nextInt(1000) + " ";
            String body =
                    kind == Kind.WHOLE_ANSWER || kind == Kind.PROVIDER_REFUSES ? Call.WHOLE_BODY : Call.STREAM_BODY;
            if (random.nextBoolean()) {
                call.header("x-sluice-user", "user-" + random.nextInt(9))
                        .header("x-sluice-tags", "n=" + random.nextInt(9));
            }
            if (kind == Kind.WRONG_KEY) {
                step(() -> call.key("sk-slc-wrong").begin());
                return;
            }
            int cut = random.nextInt(body.length());
            step(() -> call.begin());
            step(() -> call.body(body.substring(0, cut)));
            if (kind == Kind.NO_JSON) {
                step(() -> call.body("}{").bodyEnd());
                return;
            }
            step(() -> {
                call.body(body.substring(cut)).bodyEnd();
                peer = providers.first();
            });
            switch (kind) {
                case WHOLE_ANSWER -> answer(json(200, WHOLE, CLOSE), random);
                case STREAMED -> answer(streamed(word, random) + end(), random);
                case CLIENT_LEAVES -> {
                    answer(streamed(word, random), random);
                    step(() -> call.exchange().onClientGone());
                }
                case FALLS_BACK -> {
                    step(() -> {
                        peer().send(json(503, ERROR, CLOSE));
                        peer = providers.second();
                    });
                    answer(streamed(word, random) + end(), random);
                }
                case TRUNCATED -> {
                    answer(streamed(word, random), random);
                    step(() -> peer().close());
                }
                case STOPPED -> {
                    answer(streamed(word, random), random);
                    step(() -> call.exchange().stop());
                }
                case INTERRUPTED -> {
                    answer(streamed(word, random), random);
                    step(() -> call.exchange().interrupt());
                }
                case PROVIDER_REFUSES -> answer(json(400, ERROR, CLOSE), random);
                case FAILS_IN_THE_MIDDLE -> answer(streamed(word, random) + chunk(ERROR_EVENT) + LAST_CHUNK, random);
                case LATE -> {
                    answer(streamed(word, random), random);
                    step(() -> engine.advance(Duration.ofSeconds(70)));
                }
                case WRONG_KEY, NO_JSON -> throw new AssertionError(kind);
            }
        }

        private static String streamed(String word, Random random) {
            StringBuilder answer = new StringBuilder(STREAM_HEAD).append(chunk(ROLE));
            for (int i = random.nextInt(4); i >= 0; i--) {
                answer.append(chunk(delta(word.repeat(1 + random.nextInt(5)))));
            }
            return answer.toString();
        }

        private static String end() {
            return chunk(FINISH + USAGE) + chunk(DONE) + LAST_CHUNK;
        }

        /** In pieces of any size. */
        private void answer(String bytes, Random random) {
            for (int from = 0; from < bytes.length(); ) {
                int to = Math.min(bytes.length(), from + 1 + random.nextInt(200));
                String piece = bytes.substring(from, to);
                step(() -> peer().send(piece));
                from = to;
            }
        }

        private void step(Runnable step) {
            steps.add(step);
        }

        private Peer peer() {
            return Objects.requireNonNull(peer);
        }

        /** Does the next step; false when there was none left. */
        boolean go() {
            if (steps.isEmpty()) {
                return false;
            }
            steps.removeFirst().run();
            engine.settle();
            return true;
        }

        void goToTheEnd() {
            while (go()) {
                assertThat(steps).isNotNull();
            }
        }

        ExchangeSummary summary() {
            List<ExchangeSummary> own = engine.summaries().stream()
                    .filter(one -> one.requestId().equals(id))
                    .toList();
            assertThat(own).as("summaries of %s", id).hasSize(1);
            return own.getFirst();
        }

        /** Without the pieces of the body, which depend on when it is flushed, and the summaries, which are for all. */
        List<String> told() {
            return call.client().steps().stream()
                    .filter(step -> !step.startsWith("summary") && !step.equals("body"))
                    .toList();
        }
    }

    private final AccountedBuffers buffers;
    private final Engine engine;
    private final TwoProviders providers;
    private final Random random;
    private final Set<Exchange> exchanges = Collections.newSetFromMap(new IdentityHashMap<>());
    private int calls;

    RandomCalls(AccountedBuffers buffers, Engine engine, TwoProviders providers, long seed) {
        this.buffers = buffers;
        this.engine = engine;
        this.providers = providers;
        this.random = new Random(seed);
    }

    /** @return how many calls were served by an exchange that had served one before */
    int run() {
        for (int round = 0; round < ROUNDS; round++) {
            // Healthy targets: what became of the calls before is none of this one's.
            providers.publish(Configs.RETRY, null, null);
            Kind first = kind();
            List<Kind> kinds = new ArrayList<>(List.of(first));
            int atOnce = first == Kind.LATE ? 1 : 1 + random.nextInt(MOST_AT_ONCE);
            while (kinds.size() < atOnce) {
                Kind next = kind();
                if (next != Kind.LATE) {
                    kinds.add(next);
                }
            }
            play(kinds);
        }
        return calls - exchanges.size();
    }

    private Kind kind() {
        // Every other call is an ordinary one, or nothing would ever be used again.
        return random.nextBoolean()
                ? (random.nextBoolean() ? Kind.WHOLE_ANSWER : Kind.STREAMED)
                : Kind.values()[random.nextInt(Kind.values().length)];
    }

    private void play(List<Kind> kinds) {
        List<Play> together = new ArrayList<>();
        List<Long> seeds = new ArrayList<>();
        for (Kind kind : kinds) {
            seeds.add(random.nextLong());
            together.add(new Play(buffers, engine, providers, kind, "req_" + calls++, seeds.getLast()));
        }
        List<Play> going = new ArrayList<>(together);
        while (!going.isEmpty()) {
            Play one = going.get(random.nextInt(going.size()));
            if (!one.go()) {
                going.remove(one);
            }
        }
        for (int i = 0; i < kinds.size(); i++) {
            exchanges.add(together.get(i).call.exchange());
            compare(together.get(i), kinds.get(i), seeds.get(i));
        }
    }

    private void compare(Play together, Kind kind, long seed) {
        Engine own = new Engine(buffers);
        try {
            Play alone = new Play(buffers, own, new TwoProviders(own), kind, together.id, seed);
            alone.goToTheEnd();
            assertThat(together.told()).as("%s %s", together.id, kind).isEqualTo(alone.told());
            assertThat(together.call.client().head())
                    .as("%s %s", together.id, kind)
                    .isEqualTo(alone.call.client().head());
            assertThat(together.call.client().body())
                    .as("%s %s", together.id, kind)
                    .isEqualTo(alone.call.client().body());
            assertThat(together.summary())
                    .as("%s %s", together.id, kind)
                    .usingRecursiveComparison()
                    .ignoringFields("attempts.startedAtMicros")
                    .isEqualTo(alone.summary());
        } finally {
            own.close();
        }
    }
}
