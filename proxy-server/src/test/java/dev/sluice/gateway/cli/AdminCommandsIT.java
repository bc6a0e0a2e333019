package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminCommandsIT {
    private static final String KEY = "sk-slc-Ab3dEf9hXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX";

    @TempDir
    Path dir;

    private AdminStandIn api;

    @BeforeEach
    void start() throws IOException {
        api = new AdminStandIn();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Ran sluice(String... args) {
        return Ran.sluice(dir, Map.of("SLUICE_ADMIN", api.url() + "/", "SLUICE_ADMIN_TOKEN", "the-token"), args);
    }

    private Ran typed(String in, String... args) {
        return Ran.sluice(dir, Map.of("SLUICE_ADMIN", api.url()), in, args);
    }

    @Test
    void aGatewayThatIsNamedMakesTheKey() {
        api.answers(
                201,
                "{\"key\":\"" + KEY + "\",\"id\":\"Ab3dEf9h\",\"name\":\"ci\",\"team\":\"shop\",\"owner\":null,"
                        + "\"models\":[\"gpt-*\",\"own\"],\"tags\":{},\"version\":1}");

        Ran ran = sluice(
                "keys",
                "create",
                "--name",
                "ci",
                "--models",
                "gpt-*,own",
                "--team",
                "shop",
                "--owner",
                "u1",
                "--endpoints",
                "chat.completions",
                "--tag",
                "app=checkout",
                "--tag",
                "stage=a=b",
                "--tier",
                "premium",
                "--ip-ranges",
                "10.0.0.0/8",
                "--expires",
                "90d",
                "--not-before",
                "2027-01-01T00:00:00Z");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out())
                .containsOnlyOnce(KEY)
                .contains("Key (shown only now):", "id       Ab3dEf9h", "models   gpt-*, own")
                .doesNotContain("owner", "hash");
        AdminStandIn.Request request = api.only();
        assertThat(request.line()).isEqualTo("POST /admin/api/keys");
        assertThat(request.authorization()).isEqualTo("Bearer the-token");
        assertThat(request.idempotencyKey()).hasSize(36);
        assertThat(request.body())
                .isEqualTo("{\"name\":\"ci\",\"team\":\"shop\",\"models\":[\"gpt-*\",\"own\"],\"owner\":\"u1\","
                        + "\"endpoints\":[\"chat.completions\"],\"tags\":{\"app\":\"checkout\",\"stage\":\"a=b\"},"
                        + "\"tier\":\"premium\",\"ip_ranges\":[\"10.0.0.0/8\"],\"expires_in\":\"90d\","
                        + "\"not_before\":\"2027-01-01T00:00:00Z\"}");
        assertThat(dir.resolve("data")).doesNotExist();
    }

    @Test
    void aTimeIsAnExpiryAsWellAndTheAnswerIsPrintedAsItIsWhenAskedFor() {
        String answer = "{\"key\":\"" + KEY + "\",\"id\":\"Ab3dEf9h\"}";
        api.answers(201, answer);

        Ran ran = sluice(
                "keys",
                "create",
                "--name",
                "a",
                "--expires",
                "2027-01-01T00:00:00Z",
                "--idempotency-key",
                "k",
                "--json");

        assertThat(ran.out().strip()).isEqualTo(answer);
        assertThat(api.only().body()).isEqualTo("{\"name\":\"a\",\"expires_at\":\"2027-01-01T00:00:00Z\"}");
        assertThat(api.only().idempotencyKey()).isEqualTo("k");
    }

    @Test
    void withoutAGatewayNamedNoneIsAsked() {
        Ran plain = Ran.sluice(dir, Map.of(), "keys", "create", "--name", "a", "--team", "shop");
        Ran offline = sluice("keys", "create", "--name", "a", "--offline");
        Ran withDataDir = sluice("keys", "create", "--name", "a", "--data-dir", "state");

        assertThat(List.of(plain.code(), offline.code(), withDataDir.code())).containsOnly(0);
        assertThat(plain.out()).contains("Line for 'keys:'", ", team: \"shop\" }");
        assertThat(offline.out()).contains("Line for 'keys:'").doesNotContain("team");
        assertThat(dir.resolve("state/pepper")).exists();
        assertThat(api.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--offline --admin http://127.0.0.1:1",
                "--config a.yaml --admin http://127.0.0.1:1",
                "--offline --tier free",
                "--offline --idempotency-key k",
                "--data-dir d --expires 1d"
            })
    void theTwoWaysAreNotMixed(String options) {
        List<String> args = new ArrayList<>(List.of("keys", "create", "--name", "a"));
        args.addAll(List.of(options.split(" ", -1)));

        Ran ran = sluice(args.toArray(String[]::new));

        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void listsGoThroughAllPages() {
        api.answers(
                        200,
                        "{\"data\":[{\"id\":\"a\",\"name\":\"one\",\"team\":\"default\",\"status\":\"active\","
                                + "\"models\":[],\"owner\":null}],\"next_cursor\":\"YQ\"}")
                .answers(
                        200,
                        "{\"data\":[{\"id\":\"b\",\"name\":\"two\\u001b[2J\",\"team\":\"shop\",\"status\":\"revoked\","
                                + "\"models\":[\"gpt-*\"]}],\"next_cursor\":null}");

        Ran ran = sluice("keys", "list", "--team", "a b", "--status", "active");

        assertThat(ran.out().lines().map(String::strip))
                .containsExactly(
                        "id  name     team     owner  status   models  tier  expires at",
                        "a   one      default         active",
                        "b   two?[2J  shop            revoked  gpt-*");
        assertThat(api.requests())
                .extracting(AdminStandIn.Request::line)
                .containsExactly(
                        "GET /admin/api/keys?limit=500&team=a+b&status=active",
                        "GET /admin/api/keys?limit=500&team=a+b&status=active&cursor=YQ");
    }

    @Test
    void listsAreJsonWhenAskedFor() {
        api.answers(200, "{\"data\":[{\"id\":\"a\",\"version\":3,\"share\":0.50}],\"next_cursor\":null}");

        assertThat(sluice("users", "list", "--json").out().strip())
                .isEqualTo("{\"data\":[{\"id\":\"a\",\"version\":3,\"share\":0.50}]}");
    }

    @Test
    void keysAreShownRotatedAndRevoked() {
        api.answers(200, "{\"id\":\"Ab3dEf9h\",\"metadata\":{\"a\":[1]}}")
                .answers(200, "{\"key\":\"" + KEY + "\",\"id\":\"Ab3dEf9h\"}")
                .answers(200, "{\"key\":\"" + KEY + "\",\"id\":\"Ab3dEf9h\"}")
                .answers(204, "")
                .answers(204, "");

        assertThat(sluice("keys", "show", "Ab3dEf9h").out()).contains("metadata  {\"a\":[1]}");
        assertThat(sluice("keys", "rotate", "Ab3dEf9h").out()).containsOnlyOnce(KEY);
        sluice("keys", "rotate", "Ab3dEf9h", "--overlap", "0s");
        assertThat(sluice("keys", "revoke", "Ab3dEf9h", "a/b").out().lines())
                .containsExactly("key Ab3dEf9h is revoked", "key a/b is revoked");

        assertThat(api.requests())
                .extracting(request -> request.line() + " " + request.body())
                .containsExactly(
                        "GET /admin/api/keys/Ab3dEf9h ",
                        "POST /admin/api/keys/Ab3dEf9h/rotate {}",
                        "POST /admin/api/keys/Ab3dEf9h/rotate {\"overlap\":\"0s\"}",
                        "DELETE /admin/api/keys/Ab3dEf9h ",
                        "DELETE /admin/api/keys/a%2Fb ");
    }

    @Test
    void aPasswordComesFromStandardInputAlone() {
        api.answers(201, "{\"id\":\"u1\",\"email\":\"ada@example.org\"}");

        Ran ran = typed(
                "correct horse\r\nnot this\n",
                "users",
                "create",
                "--email",
                "ada@example.org",
                "--role",
                "admin",
                "--password-stdin");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(api.only().body())
                .isEqualTo("{\"email\":\"ada@example.org\",\"role\":\"admin\",\"password\":\"correct horse\"}");
        assertThat(api.only().authorization()).isNull();
        assertThat(ran.out() + ran.err()).doesNotContain("correct horse");
        assertThat(typed("\n", "users", "create", "--email", "a@b", "--password-stdin")
                        .code())
                .isEqualTo(2);
        assertThat(typed("", "users", "create", "--email", "a@b", "--password", "p")
                        .code())
                .isEqualTo(2);
    }

    @Test
    void usersAreFoundByTheirAddressAndSwitchedOffAtTheVersionThatWasSeen() {
        api.answers(
                        200,
                        "{\"data\":[{\"id\":\"u0\",\"email\":\"not-ada@example.org\"},"
                                + "{\"id\":\"u1\",\"email\":\"ada@example.org\"}],\"next_cursor\":null}")
                .answers(200, "{\"id\":\"u1\",\"enabled\":true}")
                .answers(200, "{\"id\":\"u1\",\"enabled\":false}");

        Ran ran = sluice("users", "disable", "Ada@example.org");

        assertThat(ran.out().strip()).isEqualTo("user Ada@example.org is disabled");
        assertThat(api.requests())
                .extracting(AdminStandIn.Request::line)
                .containsExactly(
                        "GET /admin/api/users?limit=500&q=Ada%40example.org",
                        "GET /admin/api/users/u1", "PATCH /admin/api/users/u1");
        assertThat(api.requests().get(2))
                .satisfies(change -> assertThat(change.ifMatch()).isEqualTo("\"7\""))
                .satisfies(change -> assertThat(change.body()).isEqualTo("{\"enabled\":false}"));
    }

    @Test
    void anAddressThatNobodyHasIsSaid() {
        api.answers(200, "{\"data\":[],\"next_cursor\":null}");

        Ran ran = sluice("users", "show", "ada@example.org");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err().strip()).isEqualTo("sluice: there is no user with the address ada@example.org");
    }

    @Test
    void teamsAreMadeListedAndSwitchedOn() {
        api.answers(201, "{\"id\":\"shop\",\"name\":\"The shop\"}")
                .answers(
                        200,
                        "{\"data\":[{\"id\":\"shop\",\"name\":\"The shop\",\"enabled\":true}],\"next_cursor\":null}")
                .answers(200, "{\"id\":\"shop\"}")
                .answers(200, "{\"id\":\"shop\"}");

        assertThat(sluice("teams", "create", "--name", "The shop", "--id", "shop")
                        .out())
                .contains("name  The shop");
        assertThat(sluice("teams", "list").out()).contains("shop  The shop");
        assertThat(sluice("teams", "enable", "shop").out().strip()).isEqualTo("team shop is enabled");
        assertThat(api.requests().get(0).body()).isEqualTo("{\"name\":\"The shop\",\"id\":\"shop\"}");
        assertThat(api.requests().get(0).idempotencyKey()).isNotBlank();
        assertThat(api.requests().get(3).body()).isEqualTo("{\"enabled\":true}");
    }

    @Test
    void openCallsAreListedAndStopped() {
        api.answers(
                        200,
                        "{\"data\":[{\"id\":\"00a1\",\"started_at\":\"2026-11-22T03:00:00Z\",\"status\":\"streaming\",\"key\":\"k1\","
                                + "\"team\":\"shop\",\"model\":\"gpt-4o\",\"provider\":\"openai\",\"endpoint\":\"chat.completions\","
                                + "\"input_tokens\":12,\"output_tokens\":345,\"cost_usd\":\"0.0035\"}],\"next_cursor\":null}")
                .answers(200, "{\"data\":[],\"next_cursor\":null}")
                .answers(204, "")
                .answers(204, "")
                .answers(404, "{\"error\":{\"message\":\"there is no stream `x`\"}}");

        assertThat(sluice("streams", "list", "--team", "shop", "--key", "k1").out())
                .contains("output tokens", "00a1", "streaming", "345", "0.0035");
        assertThat(sluice("streams", "list", "--json").out().strip()).isEqualTo("{\"data\":[]}");
        assertThat(sluice("streams", "stop", "00a1").out().strip()).isEqualTo("stream 00a1 is being stopped");
        assertThat(sluice("streams", "stop", "00a1", "--json").out().strip()).isEqualTo("{\"stopped\":[\"00a1\"]}");
        Ran unknown = sluice("streams", "stop", "x");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("there is no stream `x`");
        assertThat(api.requests().get(0).line()).isEqualTo("GET /admin/api/streams?limit=500&team=shop&key=k1");
        assertThat(api.requests().get(2).line()).isEqualTo("DELETE /admin/api/streams/00a1");
    }

    @Test
    void whatTheApiSaysIsPassedOn() {
        api.answers(404, "{\"error\":{\"message\":\"there is no key `x`\",\"code\":\"key_not_found\"}}")
                .answers(403, "{\"error\":{\"message\":\"the role `member` may not use it\"}}")
                .answers(401, "{\"error\":{\"message\":\"who?\"}}")
                .answers(200, "[]")
                .answers(200, "{\"data\":5}");

        assertThat(sluice("keys", "show", "x").err()).contains("answered 404: there is no key `x`");
        assertThat(sluice("keys", "show", "x").err()).contains("answered 403: the role `member` may not use it");
        assertThat(sluice("keys", "show", "x").err())
                .contains("refused the token")
                .doesNotContain("the-token");
        assertThat(sluice("keys", "show", "x").err()).contains("something else than a JSON object");
        assertThat(sluice("teams", "list").err()).contains("something else than a list of teams");
    }

    @Test
    void anAnswerThatIsLostSaysHowToAskAgain() {
        api.close();

        Ran gone = sluice("teams", "create", "--name", "a");

        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("is the gateway running?");
    }

    @Test
    void wrongAddressesAndTokensAreUsage() {
        assertThat(Ran.sluice(dir, Map.of("SLUICE_ADMIN", "not a url"), "keys", "list")
                        .code())
                .isEqualTo(2);
        assertThat(Ran.sluice(dir, Map.of("SLUICE_ADMIN", "http:///x"), "keys", "list")
                        .code())
                .isEqualTo(2);
        Ran ran = Ran.sluice(dir, Map.of("SLUICE_ADMIN_TOKEN", "canary\nx: y"), "teams", "list");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).doesNotContain("canary");
    }
}
