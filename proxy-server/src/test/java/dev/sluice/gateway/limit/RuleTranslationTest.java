package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RuleTranslationTest {
    private static final ZoneId JERUSALEM = ZoneId.of("Asia/Jerusalem");
    private static final String YAML = """
            auth: { tiers: [free] }
            limits:
              time_zone: Asia/Jerusalem
              nodes: 3
              rules:
                - name: free messages
                  for: { tiers: [free], keys: [ci, other], models: ["gpt-*"], endpoints: [messages], tags: { a: b } }
                  per: [user, "tag:a"]
                  requests: [10/day, 2/second]
                  burst: 2
                  strict: true
                  queue: 3s
                - { name: all of it, per: all, time_zone: Europe/Berlin, cost: 0.10/month, tokens: 1k/total, max_tokens: 9, concurrent: 2, queue: 1s, warn: 50 }
            keys:
              - { name: ci, hash: "hmac-sha256:Ab3dEf9h:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", limits: { rpm: 60, concurrent: 5, budget: 10/month } }
            """;

    @TempDir
    Path dir;

    private LimitRules rules(String yaml, Budget... budgets) throws IOException, ConfigException {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), yaml);
        GatewayConfig config = ConfigLoader.load(file, Map.of(), dir).config();
        return RuleTranslation.of(config, List.of(budgets));
    }

    private static LimitRule rule(LimitRules rules, String id) {
        return rules.rules().stream()
                .filter(rule -> rule.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static Dimension per(String label) {
        return Objects.requireNonNull(Labels.dimension(label));
    }

    @Test
    void makesOneRuleOfEachAmountWithAnIdThatLasts() throws Exception {
        LimitRules rules = rules(YAML);

        assertThat(rules.nodes()).isEqualTo(3);
        assertThat(rules.rules())
                .extracting(LimitRule::id)
                .containsExactly(
                        "free messages/requests/day",
                        "free messages/requests/second",
                        "all of it/tokens/total",
                        "all of it/cost/month",
                        "all of it/concurrent",
                        "all of it/max_tokens",
                        "key:Ab3dEf9h/requests/minute",
                        "key:Ab3dEf9h/concurrent",
                        "key:Ab3dEf9h/cost/month")
                .doesNotHaveDuplicates();
        assertThat(rules(YAML.replace("10/day", "11/day")).rules())
                .extracting(LimitRule::id)
                .contains("free messages/requests/day");
    }

    @Test
    void takesOverWhatARuleSays() throws Exception {
        LimitRule day = rule(rules(YAML), "free messages/requests/day");
        LimitRule second = rule(rules(YAML), "free messages/requests/second");

        assertThat(day)
                .isEqualTo(new LimitRule(
                        "free messages/requests/day",
                        "free messages",
                        new CallFilter(
                                List.of("ci", "other", "Ab3dEf9h"),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of("free"),
                                List.of("gpt-*"),
                                List.of(),
                                List.of("messages"),
                                Map.of("a", "b")),
                        List.of(per("user"), per("tag:a")),
                        Measure.REQUESTS,
                        10,
                        new Window(Window.Period.DAY, true, JERUSALEM),
                        0,
                        true,
                        3_000,
                        List.of(80, 100)));
        assertThat(second.window()).isEqualTo(Window.sliding(Window.Period.SECOND));
        assertThat(second.burst()).isEqualTo(2);
    }

    @Test
    void givesNeitherQueueNorWarningsWhereNothingIsCounted() throws Exception {
        LimitRules rules = rules(YAML);

        assertThat(rule(rules, "all of it/max_tokens").queueMillis()).isZero();
        assertThat(rule(rules, "all of it/max_tokens").warnPercent()).isEmpty();
        assertThat(rule(rules, "all of it/max_tokens").window()).isEqualTo(Window.NONE);
        assertThat(rule(rules, "all of it/concurrent").queueMillis()).isEqualTo(1_000);
        assertThat(rule(rules, "all of it/tokens/total").window()).isEqualTo(Window.sliding(Window.Period.TOTAL));
        LimitRule month = rule(rules, "all of it/cost/month");
        assertThat(month.window()).isEqualTo(new Window(Window.Period.MONTH, true, ZoneId.of("Europe/Berlin")));
        assertThat(month.limit()).isEqualTo(100_000_000);
        assertThat(month.per()).isEmpty();
        assertThat(month.warnPercent()).containsExactly(50);
    }

    @Test
    void limitsAKeyOfTheFileByItsPublicId() throws Exception {
        LimitRule rpm = rule(rules(YAML), "key:Ab3dEf9h/requests/minute");

        assertThat(rpm.appliesTo().keys()).containsExactly("Ab3dEf9h");
        assertThat(rpm.per()).containsExactly(Dimension.of(Dimension.Kind.KEY));
        assertThat(rpm.name()).isEqualTo("key ci");
        assertThat(rpm.limit()).isEqualTo(60);
        assertThat(rule(rules(YAML), "key:Ab3dEf9h/cost/month").window().zone()).isEqualTo(JERUSALEM);
    }

    private static Budget budget(String team, String subject, String value) {
        return new Budget(
                "b1",
                "spend",
                team,
                Labels.dimension(subject),
                value,
                Measure.COST,
                7,
                Window.Period.MONTH,
                true,
                null,
                true,
                List.of(50));
    }

    @Test
    void givesEachValueItsOwnCounterUnlessABudgetIsForOne() throws Exception {
        LimitRule each = rule(rules(YAML, budget(null, "user", null)), "budget:b1/cost/month");
        LimitRule one = rule(rules(YAML, budget(null, "user", "ada")), "budget:b1/cost/month");

        assertThat(each.per()).containsExactly(per("user"));
        assertThat(each.appliesTo()).isEqualTo(CallFilter.ALL);
        assertThat(each.window()).isEqualTo(new Window(Window.Period.MONTH, true, JERUSALEM));
        assertThat(one.per()).isEmpty();
        assertThat(one.appliesTo().users()).containsExactly("ada");
        assertThat(one.strict()).isTrue();
        assertThat(one.warnPercent()).containsExactly(50);
    }

    @Test
    void keepsATeamsBudgetToItsCallers() throws Exception {
        CallFilter tier = rule(rules(YAML, budget("shop", "tier", "free")), "budget:b1/cost/month")
                .appliesTo();
        CallFilter all = rule(rules(YAML, budget("shop", "all", null)), "budget:b1/cost/month")
                .appliesTo();
        CallFilter tag = rule(rules(YAML, budget("shop", "tag:env", "prod")), "budget:b1/cost/month")
                .appliesTo();

        assertThat(tier.teams()).containsExactly("shop");
        assertThat(tier.tiers()).containsExactly("free");
        assertThat(all.teams()).containsExactly("shop");
        assertThat(tag.teams()).containsExactly("shop");
        assertThat(tag.tags()).isEqualTo(Map.of("env", "prod"));
    }
}
