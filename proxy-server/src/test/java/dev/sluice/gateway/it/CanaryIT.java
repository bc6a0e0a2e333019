package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.AdminRow;
import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.conformance.Scenario;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One gateway, at its most talkative, is led through everything it does and everything that can go wrong, with secrets
 * that occur nowhere else; then all that it has left behind is searched for them.
 */
@Timeout(300)
final class CanaryIT {
    private static final String ASKED = CanaryStage.PROMPT;
    private static final String ANSWERED = CanaryStage.COMPLETION;

    @Test
    void noSecretIsWhereItDoesNotBelong(@TempDir Path directory) throws Exception {
        try (CanaryStage stage = new CanaryStage(directory)) {
            keysOfProviders(stage);
            conversations(stage);
            failures(stage);
            strangers(stage);
            sockets(stage);
            people(stage);
            operators(stage);
            commands(stage);
            await("the rows")
                    .atMost(Duration.ofSeconds(20))
                    .until(() ->
                            stage.tables().get("sluice.usage_event").lines().count() > 40);
            stage.stop();

            searchThrough(stage);

            assertThat(stage.canaries.found()).isEmpty();
        }
    }

    private static void searchThrough(CanaryStage stage) throws Exception {
        Canaries canaries = stage.canaries;
        // The search can see: all of these were there to be lost.
        Set<String> seen = canaries.search(
                "what providers received",
                stage.provider.scripts().everything(),
                canaries.names().toArray(String[]::new));
        assertThat(seen)
                .contains(
                        CanaryStage.PROMPT,
                        "key of openai",
                        "key of responses",
                        "key of anthropic",
                        "key of gemini",
                        "key of ollama",
                        "session token");

        assertThat(stage.log()).contains("gateway started", "\"level\":\"TRACE\"", "canary-request-1");
        canaries.search("the log", stage.log());
        Map<String, String> tables = stage.tables();
        assertThat(tables.get("sluice.usage_event")).contains("canary-request-1");
        assertThat(tables.get("sluice.audit_log")).contains("user.register");
        tables.forEach((name, rows) -> canaries.search("table " + name, rows));
        Map<String, byte[]> files = stage.files();
        assertThat(files.keySet()).contains("pepper", "provider-keys").anyMatch(name -> name.startsWith("journal"));
        files.forEach((name, content) -> {
            switch (name) {
                case "pepper" -> canaries.search(name, content, CanaryStage.PEPPER);
                case "pepper.previous" -> canaries.search(name, content, CanaryStage.PREVIOUS);
                default -> canaries.search("file " + name, content);
            }
        });
    }

    // ---- what happens ---------------------------------------------------------------------------------------------

    private static void keysOfProviders(CanaryStage stage) throws Exception {
        String path = "/admin/api/provider-keys/anthropic";
        for (String name : List.of("replaced key of anthropic", "key of anthropic")) {
            String body = "{\"key\":\"" + stage.secret(name) + "\"}";
            assertThat(stage.ask("PUT", path, body).status()).isLessThan(300);
        }
        assertThat(stage.ask("PUT", path, "{\"key\":\"" + stage.secret("wrong key of anthropic") + " \"}")
                        .status())
                .isEqualTo(400);
        assertThat(stage.ask("PUT", path, "{\"key\":\"" + stage.secret("torn key of anthropic"))
                        .status())
                .isEqualTo(400);
        stage.ask("GET", "/admin/api/provider-keys", null);
        String model =
                ProviderFormat.ANTHROPIC.model(stage.provider.scripts(), ProviderFormat.ANTHROPIC.whole(Scenario.TEXT));
        await("the key is used")
                .atMost(Duration.ofSeconds(5))
                .until(() -> stage.call(asked(stage, CallerFormat.ANTHROPIC, model, false))
                                .status()
                        == 200);
    }

    /** Every dialect of callers at every dialect of providers, whole and streamed. */
    private static void conversations(CanaryStage stage) throws Exception {
        int number = 0;
        for (CallerFormat caller : CallerFormat.values()) {
            for (ProviderFormat format : ProviderFormat.values()) {
                for (boolean stream : new boolean[] {false, true}) {
                    if (caller.isServedBy(format)) {
                        Script script = stream ? spoken(stage, format) : whole(stage, format);
                        String model = format.model(stage.provider.scripts(), script);
                        Call call = asked(stage, caller, model, stream)
                                .with("x-request-id", "canary-request-" + ++number)
                                .with("x-session-id", "canary-session")
                                .with("origin", "https://app.example");
                        Answer answer = stage.call(call, ANSWERED);
                        assertThat(answer.status())
                                .as(caller + " at " + format + ": " + answer)
                                .isEqualTo(200);
                        assertThat(format == ProviderFormat.BEDROCK
                                        || answer.toString().contains(stage.completion))
                                .as(answer.toString())
                                .isTrue();
                    }
                }
            }
        }
        stage.call(asked(stage, CallerFormat.CHAT, "amazon/amazon.nova", false));
        stage.call(Call.post("/passthrough/openai/anything", "{\"prompt\":\"" + stage.prompt + "\"}")
                .key(stage.key.key()));
        stage.call(Call.get("/v1/models").key(stage.key.key()));
        stage.call(Call.get("/v1/usage").key(stage.key.key()));
    }

    private static Call asked(CanaryStage stage, CallerFormat caller, String model, boolean stream) {
        return Call.post(
                        caller.path(model, stream),
                        caller.question(model, stream).replace("Grüß Gott", stage.prompt))
                .key(stage.key.key());
    }

    private static Script whole(CanaryStage stage, ProviderFormat format) {
        return Script.json(200, format.voice().body(Scenario.TEXT).replace("Hello", stage.completion));
    }

    private static Script spoken(CanaryStage stage, ProviderFormat format) {
        if (format == ProviderFormat.BEDROCK) {
            // Its frames carry checksums.
            return format.stream(Scenario.TEXT);
        }
        List<Script> steps = new ArrayList<>(List.of(format.streamHead()));
        for (byte[] piece : format.voice().stream(Scenario.TEXT)) {
            steps.add(Script.send(new String(piece, StandardCharsets.UTF_8).replace("Hel", stage.completion)));
        }
        steps.add(Script.end());
        return Script.of(steps.toArray(Script[]::new));
    }

    /** Providers that refuse, repeat what they were told, break off, lie and are not there. */
    private static void failures(CanaryStage stage) throws Exception {
        ScriptedProvider.Scripts scripts = stage.provider.scripts();
        for (ProviderFormat format : ProviderFormat.values()) {
            for (int status : new int[] {400, 401, 403, 404, 422, 429, 500, 503}) {
                Script echo = wire -> {
                    String said = scripts.requests().getLast().head().replaceAll("[\\r\\n\"]+", " ");
                    Script.json(status, format.voice().refusal(status, "you sent " + said))
                            .play(wire);
                };
                stage.call(asked(stage, CallerFormat.CHAT, format.model(scripts, echo), false));
            }
            for (Script broken : List.of(
                    Script.json(200, "{\"" + stage.completion),
                    Script.of(format.begin(Scenario.TEXT, 1), Script.reset()),
                    Script.of(format.begin(Scenario.TEXT, 1), Script.cut()),
                    Script.of(format.begin(Scenario.TEXT, 1), format.failure("you sent " + stage.prompt), Script.end()),
                    Script.reset())) {
                for (boolean stream : new boolean[] {false, true}) {
                    // A provider's words about the question, and what it had said so far, are the asker's.
                    stage.call(asked(stage, CallerFormat.CHAT, format.model(scripts, broken), stream), ASKED, ANSWERED);
                }
            }
        }
        stage.call(asked(stage, CallerFormat.CHAT, "gone/model", false));
    }

    /** Requests that are wrong, by people who may not come in. */
    private static void strangers(CanaryStage stage) throws Exception {
        String unknown = ApiKey.generate(new SecureRandom()).reveal();
        stage.canaries.add("unknown key", unknown);
        String nonsense = stage.secret("nonsense instead of a key");
        String body = CallerFormat.CHAT.question("openai/x", false).replace("Grüß Gott", stage.prompt);
        for (String credential : List.of(unknown, nonsense, stage.secret("a token that is none") + ".e30.e30")) {
            for (String header : List.of("x-api-key", "api-key", "x-goog-api-key")) {
                assertThat(stage.call(Call.chat(body).with(header, credential)).status())
                        .isEqualTo(401);
            }
            assertThat(stage.call(Call.chat(body).key(credential)).status()).isEqualTo(401);
            stage.call(Call.post("/v1beta/models/gemini%2Fx:generateContent?key=" + credential, body));
            stage.call(Call.get("/nowhere?key=" + credential));
        }
        for (String torn : List.of(body.substring(0, body.length() - 3), "{\"model\":\"" + stage.prompt, "[]")) {
            assertThat(stage.call(Call.chat(torn).key(stage.key.key())).status())
                    .isEqualTo(400);
        }
        stage.call(
                Call.chat(body).key(stage.key.key()).with("x-sluice-user", "u").with("x-sluice-timeout-ms", "x"));
        stage.call(Call.of("TRACE", "/v1/models").key(stage.key.key()));
        stage.call(Call.get("/v1/models/" + "x".repeat(5_000)).key(stage.key.key()));
        stage.call(Call.of("OPTIONS", "/v1/models")
                .with("origin", "https://evil.example")
                .with("access-control-request-method", "GET"));
    }

    private static void sockets(CanaryStage stage) throws Exception {
        String model = ProviderFormat.OPENAI.model(stage.provider.scripts(), spoken(stage, ProviderFormat.OPENAI));
        String question = CallerFormat.CHAT.question(model, true).replace("Grüß Gott", stage.prompt);
        try (SocketClient socket = stage.socket("authorization", "Bearer " + stage.key.key())) {
            socket.send(question);
            socket.awaitContaining("\"done\":true");
            stage.canaries.search("a socket's messages", String.join("\n", socket.messages()), ANSWERED);
        }
    }

    private static void people(CanaryStage stage) throws Exception {
        String somebody = "{\"email\":\"ada@example.org\",\"password\":\"%s\"}";
        tokens(stage, "first", stage.call(Call.post("/auth/register", somebody.formatted(stage.password))));
        stage.call(Call.post("/auth/register", somebody.formatted(stage.secret("password that came too late"))));
        stage.call(Call.post("/auth/register", "{\"password\":\"" + stage.secret("torn password")));
        stage.call(Call.post("/auth/login", "{\"email\":\"" + stage.secret("password in the wrong place") + "\"}"));
        Call wrong = Call.post("/auth/login", somebody.formatted(stage.secret("wrong password")));
        assertThat(stage.call(wrong).status()).isEqualTo(401);
        CanaryStage.Told login =
                tokens(stage, "second", stage.call(Call.post("/auth/login", somebody.formatted(stage.password))));
        String access = login.member("access_token");

        String model = ProviderFormat.OPENAI.model(stage.provider.scripts(), whole(stage, ProviderFormat.OPENAI));
        String question = CallerFormat.CHAT.question(model, false).replace("Grüß Gott", stage.prompt);
        assertThat(stage.call(Call.chat(question).key(access), ANSWERED).status())
                .isEqualTo(200);
        stage.call(Call.chat(question).key(access.substring(0, access.length() - 2)));
        stage.call(Call.get("/auth/profile").key(access));
        Call change = Call.json(
                "PATCH",
                "/auth/profile",
                "{\"password\":\"" + stage.secret("new password") + "\",\"old_password\":\"" + stage.password + "\"}");
        assertThat(stage.call(change.key(access)).status()).isEqualTo(200);

        String refresh = "{\"refresh_token\":\"%s\"}";
        // Within one second an access token is the same as the one before.
        tokens(
                stage,
                "third",
                stage.call(
                        Call.post("/auth/refresh", refresh.formatted(login.member("refresh_token"))),
                        "second access token"));
        stage.call(Call.post("/auth/refresh", refresh.formatted(stage.secret("refresh token that is none"))));
        stage.call(Call.post("/auth/logout", "{}").key(access));
    }

    /** From here on they are known, and whoever gets them again is not the one they were made for. */
    private static CanaryStage.Told tokens(CanaryStage stage, String which, Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.toString()).isIn(200, 201);
        CanaryStage.Told told = new CanaryStage.Told(answer.status(), answer.text());
        stage.canaries.add(which + " access token", told.member("access_token"));
        stage.canaries.add(which + " refresh token", told.member("refresh_token"));
        return told;
    }

    private static void operators(CanaryStage stage) throws Exception {
        CanaryStage.Told made = stage.ask("POST", "/admin/api/keys", "{\"name\":\"made\"}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        stage.canaries.add("key that was made", made.member("key"));
        CanaryStage.Told rotated = stage.ask("POST", "/admin/api/keys/" + made.member("id") + "/rotate", "{}");
        stage.canaries.add("key that was rotated", rotated.member("key"));
        String model = ProviderFormat.OPENAI.model(stage.provider.scripts(), whole(stage, ProviderFormat.OPENAI));
        String question = CallerFormat.CHAT.question(model, false);
        for (String key : List.of(made.member("key"), rotated.member("key"))) {
            assertThat(stage.call(Call.chat(question).key(key), ANSWERED).status())
                    .isEqualTo(200);
        }
        String person = "{\"email\":\"%s\",\"password\":\"" + stage.secret("password of a member") + "\"}";
        for (String email : List.of("bob@example.org", "bob@example.org", "nobody")) {
            stage.ask("POST", "/admin/api/users", person.formatted(email));
        }
        stage.askWith(stage.secret("wrong admin token"), "GET", "/admin/api/keys", null);
        stage.askWith(stage.key.key(), "GET", "/admin/api/keys", null);
        for (AdminRow row : AccessTable.adminRows()) {
            String path = row.path().replace("{id}", made.member("id")).replace("{name}", "openai");
            boolean harmless = row.method().equals("GET") || path.endsWith("/reload");
            if (harmless) {
                stage.ask(row.method(), path, null);
                stage.ask(row.method(), path + "?unknown=" + stage.key.key(), null);
            }
        }
        assertThat(stage.ask("GET", "/admin/api/config", null).text()).contains("providers");
        assertThat(stage.ask("GET", "/admin/api/audit", null).text()).contains("provider_key");
        assertThat(stage.ask("DELETE", "/admin/api/keys/" + made.member("id"), null)
                        .status())
                .isEqualTo(204);
    }

    private static void commands(CanaryStage stage) throws Exception {
        String config = stage.configFile().toString();
        String admin = stage.adminUrl();
        for (List<String> command : List.of(
                List.of("check", config),
                List.of("serve", "--config", config, "--no-such-option"),
                List.of("keys", "list", "--admin", admin),
                List.of("keys", "list", "--admin", admin, "--json"),
                List.of("users", "list", "--admin", admin),
                List.of("teams", "list", "--admin", admin),
                List.of("usage", "--by", "key", "--admin", admin),
                List.of("keys", "list", "--admin", "http://127.0.0.1:1"),
                List.of("journal", "inspect", stage.journal().toString()))) {
            String printed = stage.run(command.toArray(String[]::new));
            assertThat(printed).as(command.toString()).isNotBlank();
            stage.canaries.search("what is printed by " + String.join(" ", command.subList(0, 2)), printed);
        }
        assertThat(stage.run("check", config)).startsWith("ok: ");
    }
}
