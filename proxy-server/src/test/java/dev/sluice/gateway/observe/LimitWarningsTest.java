package dev.sluice.gateway.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.gateway.config.LimitSettings;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class LimitWarningsTest {
    private static final LimitRule RULE = new LimitRule(
            "file/free/requests/day",
            "free \"messages\"",
            CallFilter.ALL,
            List.of(Dimension.of(Dimension.Kind.KEY)),
            Measure.REQUESTS,
            10,
            Window.sliding(Window.Period.DAY),
            0,
            false,
            0,
            List.of(50, 80));
    private static final LimitSettings.Webhook SIGNED =
            new LimitSettings.Webhook(URI.create("https://hooks.example/limits"), new Secret("whsec"), false);
    private static final LimitSettings.Webhook UNSIGNED =
            new LimitSettings.Webhook(URI.create("https://hooks.example/limits"), null, false);

    private final AtomicLong nanos = new AtomicLong(5);
    private final Deque<Integer> answers = new ArrayDeque<>();
    private final List<Sent> sent = new ArrayList<>();
    private final LimitWarnings warnings = LimitWarnings.still(
            new LimitClock() {
                @Override
                public long nanoTime() {
                    return nanos.get();
                }

                @Override
                public long wallMillis() {
                    return 1_790_164_800_000L + nanos.get() / 1_000_000;
                }
            },
            (hook, json, headers) -> {
                sent.add(new Sent(hook, new String(json, UTF_8), headers));
                int status = answers.isEmpty() ? 200 : answers.poll();
                if (status == 0) {
                    throw new IOException("hooks.example gives no usable answer: refused");
                }
                return status;
            });
    private final Logger logger = (Logger) LoggerFactory.getLogger(LimitWarnings.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    private record Sent(LimitSettings.Webhook hook, String json, Map<String, String> headers) {}

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

    private List<String> logged() {
        return log.list.stream()
                .map(event -> event.getLevel() + " " + event.getMessage())
                .toList();
    }

    private void warn(String subject) {
        warnings.onUsed(RULE, subject, 80, 8, 1_790_208_000_000L);
    }

    private String metric(String name) throws IOException {
        Metrics metrics = new Metrics();
        warnings.addTo(metrics);
        StringWriter page = new StringWriter();
        metrics.writeTo(page);
        return page.toString()
                .lines()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void tellsTheLogAndTheWebhookOnce() throws IOException {
        warnings.publish(UNSIGNED);
        warn("key_1");

        assertThat(warnings.carryOn()).isEqualTo(Long.MAX_VALUE);

        assertThat(sent).singleElement().satisfies(one -> {
            assertThat(one.json())
                    .matches(
                            "\\{\"id\":\"[0-9a-f-]{36}\",\"rule\":\"free \\\\\"messages\\\\\"\",\"measure\":\"requests\","
                                    + "\"unit\":\"requests\",\"period\":\"day\",\"subject\":\"key_1\",\"percent\":80,\"used\":8,"
                                    + "\"limit\":10,\"resets_at\":\"2026-09-24T00:00:00.000Z\",\"sent_at\":\"2026-09-23T12:00:00.000Z\"}");
            assertThat(one.headers()).isEmpty();
            assertThat(one.hook()).isEqualTo(UNSIGNED);
        });
        assertThat(logged()).containsExactly("INFO a limit comes near");
        assertThat(metric("sluice_limit_warnings_total")).endsWith(" 1.0");
        assertThat(metric("sluice_webhook_deliveries_total{outcome=\"delivered\""))
                .endsWith(" 1.0");
    }

    @Test
    void signsWhatItSends() {
        warnings.publish(SIGNED);
        warn("key_1");
        warnings.carryOn();

        Sent one = sent.get(0);
        assertThat(one.headers()).containsOnlyKeys("x-sluice-signature");
        assertThat(one.headers().get("x-sluice-signature")).matches("sha256=[0-9a-f]{64}");
    }

    @Test
    void triesThreeTimesWithTheSameBodyAndThenGivesUpAndGoesOn() throws IOException {
        answers.addAll(List.of(500, 0, 404, 200));
        warnings.publish(SIGNED);
        warn("key_1");
        warn("key_2");

        assertThat(warnings.carryOn()).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
        assertThat(warnings.carryOn()).isEqualTo(1);
        assertThat(sent).hasSize(1);
        nanos.incrementAndGet();
        assertThat(warnings.carryOn()).isEqualTo(TimeUnit.SECONDS.toNanos(4));
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(4));
        assertThat(warnings.carryOn()).isZero();
        assertThat(warnings.carryOn()).isEqualTo(Long.MAX_VALUE);

        assertThat(sent).hasSize(4);
        assertThat(sent.get(1)).isEqualTo(sent.get(0));
        assertThat(sent.get(2)).isEqualTo(sent.get(0));
        assertThat(sent.get(3).json()).contains("key_2");
        assertThat(metric("sluice_webhook_deliveries_total{outcome=\"failed\"")).endsWith(" 1.0");
        assertThat(logged())
                .containsExactly(
                        "INFO a limit comes near",
                        "INFO a limit comes near",
                        "WARN the webhook of limits does not take a warning; it is given up",
                        "INFO the webhook of limits takes warnings again");
    }

    @Test
    void whatDoesNotFitIsDroppedAndSaidOnce() throws IOException {
        warnings.publish(SIGNED);
        for (int i = 0; i < LimitWarnings.CAPACITY + 7; i++) {
            warn("key_" + i);
        }
        for (int i = 0; i < LimitWarnings.CAPACITY + 3; i++) {
            warnings.carryOn();
        }

        assertThat(sent).hasSize(LimitWarnings.CAPACITY);
        assertThat(metric("sluice_webhook_dropped_total")).endsWith(" 7.0");
        assertThat(logged().stream().filter(line -> !line.startsWith("INFO a limit")))
                .containsExactly(
                        "WARN warnings of limits come faster than they can be told, and are dropped",
                        "INFO warnings of limits are complete again");
    }

    @Test
    void withoutAWebhookThereIsTheLog() {
        warn("key_1");

        assertThat(warnings.carryOn()).isEqualTo(Long.MAX_VALUE);
        assertThat(sent).isEmpty();
        assertThat(logged()).hasSize(1);
    }
}
