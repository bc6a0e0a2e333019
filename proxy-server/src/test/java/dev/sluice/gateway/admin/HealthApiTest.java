package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class HealthApiTest {
    private static final Duration PATIENT = Duration.ofSeconds(20);

    private final HealthPart dataPlane = HealthPart.vital("data plane", () -> Health.ok("3 connections"));

    @Test
    void isOkWhenEveryPartIs() throws InterruptedException {
        AdminResponse page = api(PATIENT, dataPlane, new HealthPart("database", () -> Health.ok("1 ms")))
                .detailed();

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body())
                .isEqualTo(
                        "{\"status\":\"ok\",\"parts\":{\"data plane\":{\"state\":\"ok\",\"detail\":\"3 connections\"},"
                                + "\"database\":{\"state\":\"ok\",\"detail\":\"1 ms\"}}}");
    }

    @Test
    void staysAt200WhenSomethingElseThanTheDataPlaneIsDown() throws InterruptedException {
        AdminResponse page = api(PATIENT, dataPlane, new HealthPart("database", () -> Health.down("away")))
                .detailed();

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).startsWith("{\"status\":\"degraded\"").contains("\"state\":\"down\"");
    }

    @Test
    void is503OnlyWhenTheDataPlaneIsDown() throws InterruptedException {
        AdminResponse page = api(
                        PATIENT,
                        HealthPart.vital("data plane", () -> Health.down("not listening")),
                        new HealthPart("usage writer", () -> Health.degraded("spilling")))
                .detailed();

        assertThat(page.status()).isEqualTo(503);
        assertThat(page.body()).startsWith("{\"status\":\"down\"");
    }

    @Test
    void showsAPartThatThrowsWithoutItsMessage() throws InterruptedException {
        AdminResponse page = api(PATIENT, dataPlane, new HealthPart("database", () -> {
                    throw new IllegalStateException("jdbc:postgresql://u:password@h");
                }))
                .detailed();

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body())
                .contains("could not be asked: IllegalStateException")
                .doesNotContain("password");
    }

    @Test
    void doesNotWaitForAPartThatHangs() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        AdminResponse page = api(Duration.ofMillis(20), new HealthPart("database", () -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Health.ok("too late");
                }))
                .detailed();

        assertThat(page.body()).contains("\"state\":\"down\",\"detail\":\"no answer within 20 ms\"");
    }

    private static HealthApi api(Duration timeout, HealthPart... parts) {
        return new HealthApi(List.of(parts), timeout);
    }
}
