package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeySettings;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A gateway key as LiteLLM shows one. Thread: any. */
final class LitellmView {
    /** What clients look for although nobody has set it. */
    private static final Map<String, String> USUAL = Map.of(
            "aliases", "{}",
            "config", "{}",
            "permissions", "{}",
            "tags", "[]",
            "max_budget", "null",
            "budget_duration", "null",
            "tpm_limit", "null",
            "rpm_limit", "null",
            "max_parallel_requests", "null");

    private LitellmView() {}

    static void warnings(JsonGenerator json, List<String> warnings) throws IOException {
        if (!warnings.isEmpty()) {
            json.writeArrayFieldStart("warnings");
            for (String warning : warnings) {
                json.writeString(warning);
            }
            json.writeEndArray();
        }
    }

    static void members(JsonGenerator json, KeyRow row) throws IOException {
        KeySettings settings = row.settings();
        LitellmExtras extras = LitellmExtras.in(settings.metadata());
        Instant expires = settings.expiresAt();
        json.writeStringField("token", row.id());
        json.writeStringField("token_id", row.id());
        json.writeStringField("key_name", "sk-slc-" + row.id() + "...");
        json.writeStringField("key_alias", settings.name().equals(LitellmWish.UNNAMED) ? null : settings.name());
        json.writeStringField("team_id", settings.teamId());
        if (settings.ownerId() != null || !extras.kept().containsKey("user_id")) {
            json.writeStringField("user_id", settings.ownerId());
        }
        texts(json, "models", settings.models());
        if (!extras.kept().containsKey("allowed_routes")) {
            texts(json, "allowed_routes", List.of());
        }
        json.writeBooleanField("blocked", !settings.enabled());
        json.writeStringField("expires", expires == null ? null : expires.toString());
        json.writeFieldName("metadata");
        json.writeRawValue(LitellmBody.write(extras.own()));
        for (Map.Entry<String, String> usual : USUAL.entrySet()) {
            if (!extras.kept().containsKey(usual.getKey())) {
                json.writeFieldName(usual.getKey());
                json.writeRawValue(usual.getValue());
            }
        }
        for (Map.Entry<String, String> kept : extras.kept().entrySet()) {
            if (!kept.getKey().equals("user_id") || settings.ownerId() == null) {
                json.writeFieldName(kept.getKey());
                json.writeRawValue(kept.getValue());
            }
        }
        json.writeStringField("created_at", row.createdAt().toString());
        json.writeStringField("updated_at", row.updatedAt().toString());
    }

    private static void texts(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }
}
