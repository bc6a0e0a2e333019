package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Providers behind TLS: HTTP/2 where they offer it, and nothing at all to one who cannot prove who it is. */
final class UpstreamTlsIT {
    private static Rig rig;
    private static Http2Provider http2;
    private static ScriptedProvider http1;
    private static ScriptedProvider withoutAlpn;
    private static ScriptedProvider anotherHost;
    private static ScriptedProvider untrusted;
    private static ScriptedProvider expired;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        TestCertificates certificates = new TestCertificates(directory);
        http2 = new Http2Provider(certificates.forLocalhost());
        http1 = ScriptedProvider.startTls(TestCertificates.server(certificates.forLocalhost()), "http/1.1");
        withoutAlpn = ScriptedProvider.startTls(TestCertificates.server(certificates.forLocalhost()));
        anotherHost = ScriptedProvider.startTls(TestCertificates.server(certificates.forAnotherHost()), "http/1.1");
        untrusted = ScriptedProvider.startTls(TestCertificates.server(certificates.untrusted()), "http/1.1");
        expired = ScriptedProvider.startTls(TestCertificates.server(certificates.expired()), "http/1.1");
        StringBuilder providers = new StringBuilder();
        for (String name : new String[] {"http2", "http1", "without", "another", "untrusted", "expired"}) {
            providers
                    .append("  ")
                    .append(name)
                    .append(": { dialect: openai, base_url: \"${")
                    .append(name)
                    .append("}\", api_key: \"${PROVIDER_KEY}\", ca: \"${CA}\", allow_private: true }\n");
        }
        rig = Rig.start(
                Rig.with(providers.toString(), ""),
                Map.of(
                        "http2", http2.baseUrl().toString(),
                        "http1", http1.baseUrl().toString(),
                        "without", withoutAlpn.baseUrl().toString(),
                        "another", anotherHost.baseUrl().toString(),
                        "untrusted", untrusted.baseUrl().toString(),
                        "expired", expired.baseUrl().toString(),
                        "CA", certificates.authorityPem().toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        rig.stop();
        http2.close();
        for (ScriptedProvider provider : new ScriptedProvider[] {http1, withoutAlpn, anotherHost, untrusted, expired}) {
            provider.close();
        }
        rig.close();
    }

    @Test
    void speaksHttp2WhereItIsOffered() throws Exception {
        String model = http2.scripts().add(Script.sse(Words.STREAM));
        Call call = rig.keyed(Call.chat(Words.streamed("http2/" + model)));

        Answer answer = rig.answer(call);

        assertThat(answer.text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
        ReceivedRequest received = http2.scripts().only(model);
        assertThat(received.protocol()).isEqualTo("HTTP/2");
        assertThat(received.method()).isEqualTo("POST");
        assertThat(received.path()).isEqualTo("/v1/chat/completions");
        assertThat(received.fields().all("authorization")).containsExactly("Bearer " + Rig.PROVIDER_KEY);
        assertThat(received.fields().first("host")).startsWith("localhost:");
        assertThat(rig.row(call).status()).isEqualTo("ok");
    }

    @Test
    void manyCallsShareAnHttp2Connection() throws Exception {
        int before = http2.acceptedConnections();
        for (int i = 0; i < 20; i++) {
            String model = http2.scripts().add(Script.json(200, Words.COMPLETION));
            assertThat(rig.answer(rig.keyed(Call.chat(Words.chat("http2/" + model))))
                            .text())
                    .isEqualTo(Words.COMPLETION);
        }

        // One for each of the two event loops at the most.
        assertThat(http2.acceptedConnections() - before).isLessThanOrEqualTo(2);
    }

    @Test
    void aResetStreamIsTruncatedAndLeavesTheConnectionInUse() throws Exception {
        String model = http2.scripts()
                .add(Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.reset()));
        Call call = rig.keyed(Call.chat(Words.streamed("http2/" + model)));

        Answer answer = rig.answer(call);

        assertThat(answer.text()).doesNotContain("[DONE]").contains("{\"error\":");
        assertThat(rig.row(call).status()).isEqualTo("truncated");
    }

    @Test
    void aConnectionLostWithStreamsOnItTruncatesThem() throws Exception {
        String model = http2.scripts()
                .add(Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.cut()));
        Call call = rig.keyed(Call.chat(Words.streamed("http2/" + model)));

        Answer answer = rig.answer(call);

        assertThat(answer.text()).doesNotContain("[DONE]").contains("{\"error\":");
        assertThat(rig.row(call).status()).isEqualTo("truncated");
        String next = http2.scripts().add(Script.json(200, Words.COMPLETION));
        assertThat(rig.answer(rig.keyed(Call.chat(Words.chat("http2/" + next)))).status())
                .isEqualTo(200);
    }

    @Test
    void aCallerWhoLeavesCancelsTheHttp2Stream() throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        String model = http2.scripts()
                .add(Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.stall(gone)));
        Call call = rig.keyed(Call.chat(Words.streamed("http2/" + model)));
        int before;
        try (RawClient client = new RawClient(rig.address())) {
            assertThat(client.send(call).begin().read(16)).isNotEmpty();
            before = http2.acceptedConnections();
        }

        assertThat(gone.get(500, TimeUnit.MILLISECONDS)).isPositive();
        assertThat(rig.row(call).status()).isEqualTo("client_abort");
        assertThat(http2.acceptedConnections()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http1", "without"})
    void speaksHttp1WhereHttp2IsNotOffered(String name) throws Exception {
        ScriptedProvider provider = name.equals("http1") ? http1 : withoutAlpn;
        String model = provider.scripts().add(Script.sse(Words.STREAM));

        Answer answer = rig.answer(rig.keyed(Call.chat(Words.streamed(name + "/" + model))));

        assertThat(answer.text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
        assertThat(provider.scripts().only(model).protocol()).isEqualTo("HTTP/1.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"another", "untrusted", "expired"})
    void saysNothingToAProviderThatCannotProveWhoItIs(String name) throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed(name + "/any")));

        Answer answer = rig.answer(call);

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.text()).contains("upstream_error");
        for (ScriptedProvider provider : new ScriptedProvider[] {anotherHost, untrusted, expired}) {
            assertThat(provider.scripts().requests()).isEmpty();
        }
        assertThat(rig.row(call).status()).isEqualTo("upstream_error");
    }

    /** TLS has an end of its own; the end of the connection without it proves nothing. */
    @Test
    void aTlsConnectionCutWithinAStreamIsTruncated() throws Exception {
        String model = http1.scripts()
                .add(Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.reset()));
        Call call = rig.keyed(Call.chat(Words.streamed("http1/" + model)));

        assertThat(rig.answer(call).text()).doesNotContain("[DONE]").contains("{\"error\":");
        assertThat(rig.row(call).status()).isEqualTo("truncated");
    }
}
