package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig.Abilities;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A target that cannot serve a request is never tried for it; when none is left, the caller is told why. */
class ExchangeNeedsTest {
    private static final Abilities NOTHING = new Abilities(false, false, false, false, 50, "us");
    private static final Abilities EVERYTHING = new Abilities(true, true, true, true, 100_000, "eu");

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final TwoProviders providers = new TwoProviders(engine);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private static String asking(String member, String content) {
        return "{\"model\":\"gpt-test\"" + member + ",\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]}";
    }

    private static String asking(String need) {
        return switch (need) {
            case "tools" ->
                asking(
                        ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]",
                        "\"hi\"");
            case "vision" ->
                asking("", "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}}]");
            case "schema" ->
                asking(
                        ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":{}}}",
                        "\"hi\"");
            case "reasoning" -> asking(",\"reasoning_effort\":\"high\"", "\"hi\"");
            case "context" -> asking(",\"max_tokens\":60", "\"hi\"");
            default -> throw new IllegalArgumentException(need);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "tools, has no tools",
        "vision, reads no images",
        "schema, does not answer by a JSON schema",
        "reasoning, does not reason",
        "context, takes 50 tokens"
    })
    void whatATargetCannotDoGoesToTheNext(String need, String why) {
        providers.publishAble(NOTHING, EVERYTHING);
        call.send(asking(need));
        assertThat(providers.alpha().connections()).isZero();
        providers.second().send(json(200, WHOLE));
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("beta");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("1");

        providers.publishAble(NOTHING, NOTHING);
        Call refused = new Call(buffers, engine).send(asking(need));
        assertThat(refused.client().steps()).containsExactly("summary refused", "answer 400");
        assertThat(refused.client().body())
                .contains("No target of this model can serve the request: alpha/m-1 " + why)
                .contains("beta/m-2 " + why);
        assertThat(engine.ledger().accounts).hasSize(1);
    }

    @Test
    void aRequestThatAsksForLittleGoesToTheFirst() {
        providers.publishAble(NOTHING, EVERYTHING);
        call.send(Call.WHOLE_BODY);
        providers.first().send(json(200, WHOLE));

        assertThat(call.client().header("x-sluice-provider")).isEqualTo("alpha");
    }

    @Test
    void aRegionIsKeptTo() {
        providers.publishAble(NOTHING, EVERYTHING);
        call.header("x-sluice-region", "eu").send(Call.WHOLE_BODY);
        assertThat(providers.alpha().connections()).isZero();
        providers.second().send(json(500, "{}"));

        // Not even a failure sends it elsewhere.
        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(providers.alpha().connections()).isZero();
    }
}
