package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.gateway.conformance.Scenario;
import dev.sluice.gateway.upstream.TokenEndpoint;
import dev.sluice.gateway.upstream.TokenEndpoint.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the gateway proves to providers who pays, where that is more than a key in a header. */
final class CredentialsIT {
    private static final String TOKEN = "ya29.canary-of-the-account";
    private static final String SECRET_KEY = "wJalrXUtnFEMI/canary+SECRET";
    private static final String SESSION = "session-canary-77/+=";
    private static final String PROVIDERS = """
              vertex:
                dialect: vertex
                base_url: "${PROVIDER_URL}/projects/p/locations/l/publishers/google"
                service_account: "${ACCOUNT}"
                allow_private: true
              tokenless:
                dialect: vertex
                base_url: "${PROVIDER_URL}/publishers/google"
                service_account: "${OTHER_ACCOUNT}"
                allow_private: true
              amazon:
                dialect: bedrock
                base_url: "${PROVIDER_URL}/amazon"
                aws: { region: eu-central-1, access_key_id: AKIDEXAMPLE, secret_access_key: "${AWS_KEY}" }
                allow_private: true
              passing:
                dialect: bedrock
                base_url: "${PROVIDER_URL}/amazon"
                aws:
                  region: us-east-1
                  access_key_id: ASIAEXAMPLE
                  secret_access_key: "${AWS_KEY}"
                  session_token: "${AWS_SESSION}"
                allow_private: true
              keyed: { dialect: bedrock, base_url: "${PROVIDER_URL}/amazon", api_key: "${PROVIDER_KEY}", allow_private: true }
            """;

    private static TokenEndpoint endpoint;
    private static TokenEndpoint refusing;
    private static Rig rig;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        endpoint = new TokenEndpoint(call -> Reply.token(TOKEN, 3600));
        refusing = new TokenEndpoint(call -> new Reply(403, "{\"error\":\"unauthorized_client\"}"));
        Map<String, String> variables = new HashMap<>();
        variables.put("ACCOUNT", endpoint.keyFile(directory).toString());
        Path other = Files.createDirectory(directory.resolve("other"));
        variables.put("OTHER_ACCOUNT", refusing.keyFile(other).toString());
        variables.put("AWS_KEY", SECRET_KEY);
        variables.put("AWS_SESSION", SESSION);
        rig = Rig.start(Rig.with(PROVIDERS, ""), variables);
        await().until(() -> endpoint.forms().size() == 1);
    }

    @AfterAll
    static void stop() throws Exception {
        assertThat(rig.scripts().everything()).doesNotContain(SECRET_KEY);
        rig.close();
        endpoint.close();
        refusing.close();
    }

    private static Call ask(CallerFormat caller, String provider, String model, boolean stream) {
        return rig.keyed(caller.ask(provider + "/" + model, stream));
    }

    @ParameterizedTest
    @EnumSource(CallerFormat.class)
    void aServiceAccountPaysAtVertex(CallerFormat caller) throws Exception {
        String model = rig.scripts().add(ProviderFormat.GEMINI.whole(Scenario.TEXT));
        // The first token is on its way when the gateway begins to serve.
        await().until(() ->
                rig.answer(ask(caller, "vertex", model, /* stream= */ false)).status() == 200);

        ReceivedRequest received = rig.scripts().requests(model).getLast();
        assertThat(received.path())
                .isEqualTo("/v1/projects/p/locations/l/publishers/google/models/" + model + ":generateContent");
        assertThat(received.fields().all("authorization")).containsExactly("Bearer " + TOKEN);
        assertThat(received.fields().names()).doesNotContain("x-goog-api-key", "x-api-key");
    }

    @ParameterizedTest
    @EnumSource(CallerFormat.class)
    void aTokenDoesNotComeBackInAnError(CallerFormat caller) throws Exception {
        for (int status : new int[] {400, 500}) {
            String refusal = ProviderFormat.GEMINI.voice().refusal(status, "you sent Bearer " + TOKEN);
            String model = rig.scripts().add(Script.json(status, refusal));

            Answer answer = rig.answer(ask(caller, "vertex", model, /* stream= */ true));

            assertThat(answer.status()).isGreaterThanOrEqualTo(400);
            assertThat(answer.toString()).doesNotContain(TOKEN);
        }
    }

    @ParameterizedTest
    @EnumSource(CallerFormat.class)
    void withoutATokenNobodyIsAsked(CallerFormat caller) throws Exception {
        String model = rig.scripts().add(ProviderFormat.GEMINI.whole(Scenario.TEXT));
        Call call = ask(caller, "tokenless", model, /* stream= */ false);

        Answer answer = rig.answer(call);

        assertThat(caller.assertRefused(answer, ErrorKind.UPSTREAM_AUTH))
                .contains("no valid credential")
                .doesNotContain(TokenEndpoint.EMAIL, "unauthorized_client", "token_uri");
        assertThat(rig.scripts().requests(model)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(CallerFormat.class)
    void anAccessKeySignsEachRequest(CallerFormat caller) throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            Script script =
                    stream ? ProviderFormat.BEDROCK.stream(Scenario.TEXT) : ProviderFormat.BEDROCK.whole(Scenario.TEXT);
            String model = rig.scripts().addAs("eu.amazon.nova-v1:0 ~*", script);

            Answer answer = rig.answer(
                    ask(caller, "amazon", caller == CallerFormat.GEMINI ? model.replace(" ", "%20") : model, stream));

            assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
            ReceivedRequest received = rig.scripts().only(model);
            AmazonVerifier.Verdict verdict = AmazonVerifier.verify(received, SECRET_KEY);
            assertThat(verdict.genuine()).isTrue();
            assertThat(verdict.accessKeyId()).isEqualTo("AKIDEXAMPLE");
            assertThat(verdict.region()).isEqualTo("eu-central-1");
            assertThat(verdict.service()).isEqualTo("bedrock");
            assertThat(verdict.signedHeaders()).contains("host", "x-amz-date", "content-type");
            assertThat(received.path()).endsWith(stream ? "/converse-stream" : "/converse");
            assertThat(AmazonVerifier.verify(received, SECRET_KEY + "x").genuine())
                    .isFalse();
        }
    }

    @Test
    void temporaryCredentialsHaveATokenThatIsSignedToo() throws Exception {
        String model = rig.scripts().add(ProviderFormat.BEDROCK.whole(Scenario.TEXT));

        rig.answer(ask(CallerFormat.CHAT, "passing", model, /* stream= */ false));

        ReceivedRequest received = rig.scripts().only(model);
        AmazonVerifier.Verdict verdict = AmazonVerifier.verify(received, SECRET_KEY);
        assertThat(verdict.genuine()).isTrue();
        assertThat(verdict.signedHeaders()).contains("x-amz-security-token");
        assertThat(received.fields().all("x-amz-security-token")).isEqualTo(List.of(SESSION));
    }

    @Test
    void anApiKeyOfAmazonsIsABearer() throws Exception {
        String model = rig.scripts().add(ProviderFormat.BEDROCK.whole(Scenario.TEXT));

        rig.answer(ask(CallerFormat.CHAT, "keyed", model, /* stream= */ false));

        ReceivedRequest received = rig.scripts().only(model);
        assertThat(received.fields().all("authorization")).containsExactly("Bearer " + Rig.PROVIDER_KEY);
        assertThat(received.fields().names()).doesNotContain("x-amz-date");
    }
}
