package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.LimitSettings;
import dev.sluice.gateway.config.Secret;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /admin/api/config}: the configuration in force and where it came from. What is secret is {@code ***}, by its
 * type; a hash of a key is no secret that opens anything, and is not shown either. Thread: a virtual one for each request.
 */
public final class ConfigApi implements AdminPart {
    private static final String HIDDEN = "***";
    private static final String EXAMPLE = """
            {"origin":"/etc/sluice.yaml","files":["/etc/sluice.yaml"],"config":{"server":{"listen":{"host":"0.0.0.0",\
            "port":8080}},"admin":{"token":"***"}}}""";

    private final Supplier<InForce> inForce;

    /**
     * @param origin the file, or {@code environment}
     * @param files that it was made of
     */
    public record InForce(GatewayConfig config, String origin, List<Path> files) {}

    public ConfigApi(Supplier<InForce> inForce) {
        this.inForce = inForce;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(AdminRoute.of(
                "GET /admin/api/config",
                RouteDocument.of("operation", "The configuration in force, without secrets, and where it came from.")
                        .answers(200, new Shape.Sample("Configuration", EXAMPLE)),
                request -> show()));
    }

    private AdminResponse show() {
        InForce shown = inForce.get();
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("origin", shown.origin());
            json.writeArrayFieldStart("files");
            for (Path file : shown.files()) {
                json.writeString(file.toString());
            }
            json.writeEndArray();
            json.writeFieldName("config");
            value(json, shown.config());
            json.writeEndObject();
        });
    }

    private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Secret secret -> json.writeString(HIDDEN);
            case Record record -> record(json, record);
            case Boolean flag -> json.writeBoolean(flag);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Enum<?> word -> json.writeString(word.name().toLowerCase(Locale.ROOT));
            case Duration duration -> json.writeString(duration.toMillis() + "ms");
            case String text -> json.writeString(text);
            case Path path -> json.writeString(path.toString());
            case URI uri -> json.writeString(uri.toString());
            case ZoneId zone -> json.writeString(zone.getId());
            case Map<?, ?> map -> map(json, map);
            case Collection<?> list -> list(json, list);
            // What nobody has thought of may be secret.
            default -> json.writeString(HIDDEN);
        }
    }

    private static void record(JsonGenerator json, Record record) throws IOException {
        Set<String> hidden = hidden(record);
        json.writeStartObject();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            json.writeFieldName(Json.name(component));
            value(json, hidden.contains(component.getName()) ? new Secret(HIDDEN) : Json.read(record, component));
        }
        json.writeEndObject();
    }

    /** Components that may be secret without being of that type: the address of a webhook often says who may call it. */
    private static Set<String> hidden(Record record) {
        return switch (record) {
            case GatewayConfig.Key key -> Set.of("hash");
            case LimitSettings.Webhook webhook -> Set.of("url");
            default -> Set.of();
        };
    }

    private static void map(JsonGenerator json, Map<?, ?> map) throws IOException {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            json.writeFieldName(String.valueOf(entry.getKey()));
            value(json, entry.getValue());
        }
        json.writeEndObject();
    }

    private static void list(JsonGenerator json, Collection<?> list) throws IOException {
        json.writeStartArray();
        for (Object each : list) {
            value(json, each);
        }
        json.writeEndArray();
    }
}
