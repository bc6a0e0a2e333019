package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.ConfigChange;
import dev.sluice.gateway.config.Problem;
import dev.sluice.gateway.config.ReloadOutcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReloadApiTest {

    private static AdminResponse answer(ReloadOutcome outcome) {
        return new ReloadApi(trigger -> outcome).reload();
    }

    @Test
    void saysWhatIsDifferent() {
        AdminResponse answer = answer(new ReloadOutcome.Applied(
                List.of(
                        new ConfigChange("models.chat", ConfigChange.Kind.ADDED),
                        new ConfigChange("providers.groq", ConfigChange.Kind.REMOVED)),
                List.of(new Problem(3, 5, "models.chat.targets[0].weight", "has no effect with route fallback"))));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo("{\"status\":\"applied\",\"changes\":[{\"path\":\"models.chat\",\"change\":\"added\"},"
                        + "{\"path\":\"providers.groq\",\"change\":\"removed\"}],"
                        + "\"notices\":[{\"line\":3,\"column\":5,\"path\":\"models.chat.targets[0].weight\","
                        + "\"message\":\"has no effect with route fallback\"}]}");
    }

    @Test
    void saysEveryProblemWithItsPlace() {
        AdminResponse answer = answer(new ReloadOutcome.Invalid(
                "/etc/sluice.yaml",
                List.of(
                        new Problem(2, 3, "server.listn", "unknown key"),
                        new Problem(0, 0, "SLUICE_LISTEN", "is empty"))));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body())
                .contains("\"code\":\"invalid_configuration\"")
                .contains("/etc/sluice.yaml:2:3: server.listn: unknown key (and 1 more)")
                .contains("\"origin\":\"/etc/sluice.yaml\"")
                .contains("{\"line\":2,\"column\":3,\"path\":\"server.listn\",\"message\":\"unknown key\"}")
                .contains("{\"path\":\"SLUICE_LISTEN\",\"message\":\"is empty\"}");
    }

    @Test
    void saysWhatNeedsARestart() {
        AdminResponse answer = answer(new ReloadOutcome.NeedsRestart(List.of("server.listen", "data_dir")));

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.body())
                .contains("\"code\":\"restart_needed\"")
                .contains("server.listen, data_dir cannot change while the gateway runs")
                .contains("\"settings\":[\"server.listen\",\"data_dir\"]");
    }
}
