package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.config.ConfigChange;
import dev.sluice.gateway.config.Problem;
import dev.sluice.gateway.config.ReloadOutcome;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * {@code POST /admin/api/reload}: reads the configuration again and says what came of it. 200 with what is different now;
 * 400 with every problem and its line and column, 409 with the settings that need a restart, and then nothing has changed.
 * Thread: a virtual one for each request.
 */
public final class ReloadApi implements AdminPart {
    private static final String TRIGGER = "admin";

    private static final String EXAMPLE = "{\"status\":\"applied\",\"changes\":[{\"path\":\"models.chat\","
            + "\"change\":\"added\"}],\"notices\":[]}";

    private final Reloading reloading;

    /** Reads the configuration again and puts it in force, or changes nothing. Blocks. */
    @FunctionalInterface
    public interface Reloading {
        /** @param trigger what asked for it, for the log */
        ReloadOutcome reload(String trigger);
    }

    public ReloadApi(Reloading reloading) {
        this.reloading = reloading;
    }

    @Override
    public List<AdminRoute> routes() {
        RouteDocument document = RouteDocument.of(
                        "operation",
                        "Reads the configuration again and puts it in force, or changes nothing and says why: 400 for"
                                + " mistakes, 409 for settings that need a restart.")
                .answers(200, new Shape.Sample("Reloaded", EXAMPLE));
        return List.of(AdminRoute.of("POST /admin/api/reload", document, request -> reload()));
    }

    AdminResponse reload() {
        return switch (reloading.reload(TRIGGER)) {
            case ReloadOutcome.Applied applied -> applied(applied);
            case ReloadOutcome.Invalid invalid ->
                AdminResponse.error(
                        400,
                        "invalid_configuration",
                        null,
                        "the configuration is refused, and the one in force stays: " + invalid.refusal(),
                        json -> {
                            json.writeStringField("origin", invalid.origin());
                            problems(json, "problems", invalid.problems());
                        });
            case ReloadOutcome.NeedsRestart restart ->
                AdminResponse.error(
                        409,
                        "restart_needed",
                        null,
                        "the configuration is refused, and the one in force stays: " + restart.refusal(),
                        json -> {
                            json.writeArrayFieldStart("settings");
                            for (String setting : restart.settings()) {
                                json.writeString(setting);
                            }
                            json.writeEndArray();
                        });
        };
    }

    private static AdminResponse applied(ReloadOutcome.Applied applied) {
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("status", "applied");
            json.writeArrayFieldStart("changes");
            for (ConfigChange change : applied.changes()) {
                json.writeStartObject();
                json.writeStringField("path", change.path());
                json.writeStringField("change", change.kind().name().toLowerCase(Locale.ROOT));
                json.writeEndObject();
            }
            json.writeEndArray();
            problems(json, "notices", applied.notices());
            json.writeEndObject();
        });
    }

    private static void problems(JsonGenerator json, String name, List<Problem> problems) throws IOException {
        json.writeArrayFieldStart(name);
        for (Problem problem : problems) {
            json.writeStartObject();
            if (problem.line() > 0) {
                json.writeNumberField("line", problem.line());
                json.writeNumberField("column", problem.column());
            }
            json.writeStringField("path", problem.path());
            json.writeStringField("message", problem.message());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
