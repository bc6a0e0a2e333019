package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.RawCall;
import dev.sluice.gateway.exchange.RawEndpoint;
import io.netty.handler.codec.http.HttpMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths pass as they are, and which can pass nowhere. */
class RawRoutesTest {

    private static Route route(String method, String uri) {
        return Route.of(HttpMethod.valueOf(method), uri);
    }

    @ParameterizedTest
    @CsvSource({
        "POST,   /v1/audio/speech,                     AUDIO_SPEECH,         /audio/speech,                    ",
        "POST,   /v1/audio/voices,                     AUDIO,                /audio/voices,                    ",
        "POST,   /v1/images/edits,                     IMAGES_EDITS,         /images/edits,                    ",
        "GET,    /v1/files,                            FILES,                /files,                           ",
        "GET,    /v1/files/file-1/content,             FILES,                /files/file-1/content,            file-1",
        "DELETE, /v1/files/file-1,                     FILES,                /files/file-1,                    file-1",
        "POST,   /v1/uploads/upload_1/parts,           UPLOADS,              /uploads/upload_1/parts,          upload_1",
        "POST,   /v1/batches/batch_1/cancel,           BATCHES,              /batches/batch_1/cancel,          batch_1",
        "GET,    /v1/responses/resp_1,                 RESPONSES,            /responses/resp_1,                resp_1",
        "DELETE, /v1/responses/resp_1,                 RESPONSES,            /responses/resp_1,                resp_1",
        "GET,    /v1/responses/resp_1/input_items,     RESPONSES,            /responses/resp_1/input_items,    resp_1",
        "POST,   /v1/responses/resp_1/cancel,          RESPONSES,            /responses/resp_1/cancel,         resp_1",
        "GET,    /v1/messages/batches/msgbatch_1/results, MESSAGE_BATCHES, /messages/batches/msgbatch_1/results, msgbatch_1",
        "PATCH,  /passthrough/alpha/v2/x%20y,          PASSTHROUGH,          /v2/x%20y,                        ",
    })
    void aPathIsItsProvidersPath(String method, String uri, RawEndpoint endpoint, String path, String id) {
        RawCall call = ((Route.Raw) route(method, uri)).call();

        assertThat(call.endpoint()).isEqualTo(endpoint);
        assertThat(call.path()).isEqualTo(path);
        assertThat(call.id()).isEqualTo(id);
        assertThat(call.provider()).isEqualTo(endpoint == RawEndpoint.PASSTHROUGH ? "alpha" : null);
    }

    @Test
    void theQueryTravelsOnWithoutACredential() {
        assertThat(((Route.Raw) route("GET", "/v1/files?limit=2&key=sk-1&after=%2F"))
                        .call()
                        .query())
                .isEqualTo("limit=2&after=%2F");
        assertThat(((Route.Raw) route("GET", "/passthrough/alpha/x?key=sk-1"))
                        .call()
                        .query())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /v1/audio/speech",
        "GET,  /v1/images/edits",
        "POST, /v1/responses/resp_1",
        "GET,  /v1/responses/resp_1/cancel",
        "LOCK, /v1/files",
        "LOCK, /passthrough/alpha/x",
    })
    void aPathKnowsItsMethods(String method, String uri) {
        assertThat(route(method, uri)).isInstanceOf(Route.WrongMethod.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/filesystem",
                "/v1/batch",
                "/v1/audio",
                "/v1/responses/resp_1/other",
                "/v1/responses/",
                "/v1/messages/batchesx",
                "/passthrough",
            })
    void neighboursAreUnknown(String path) {
        assertThat(route("POST", path)).isInstanceOf(Route.Unknown.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/files/../organization",
                "/v1/files/./x",
                "/v1/files/..;a=b/x",
                "/v1/files/%2e%2e/organization",
                "/v1/files/.%2E/organization",
                "/v1/files/a%2fb",
                "/v1/files/a%5Cb",
                "/v1/files/a\\b",
                "/v1/files/a%252fb",
                "/v1/files/a%00b",
                "/v1/files/a%0d%0ab",
                "/v1/files/a%zz",
                "/v1/files/a%2",
                "/v1/files//x",
                "/v1/responses/..",
                "/passthrough/alpha/https://evil.example/x",
                "/passthrough/alpha//evil.example/x",
                "/passthrough/alpha/..",
                "/passthrough/../v1/files",
                "/passthrough/alpha",
                "/passthrough//x",
            })
    void aPathThatMayMeanAnotherPlaceIsRefused(String path) {
        assertThat(route("GET", path)).isInstanceOf(Route.BadPath.class);
    }
}
