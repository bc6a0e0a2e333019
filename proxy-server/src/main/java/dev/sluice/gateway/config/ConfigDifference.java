package dev.sluice.gateway.config;

import dev.sluice.gateway.config.ConfigChange.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is different between the configuration in force and another one, and which of it cannot change while the gateway
 * runs: what is bound, opened or sized once, at the start. Thread: any.
 *
 * @param changes what would be different, all of it
 * @param needRestart paths of those settings among them that cannot change at run time
 */
public record ConfigDifference(List<ConfigChange> changes, List<String> needRestart) {

    /** @param live whether it can change at run time */
    record Setting(String path, boolean live, Function<GatewayConfig, @Nullable Object> value) {}

    /** Every setting that is no entry of a map or list. A test holds that none is forgotten. */
    static final List<Setting> SETTINGS = List.of(
            fixed("server.listen", config -> config.server().listen()),
            // The files may have other names, but a listener speaks TLS or it does not.
            fixed("server.tls", config -> config.server().tls() != null),
            live("server.tls.cert", config -> tls(config, GatewayConfig.Tls::cert)),
            live("server.tls.key", config -> tls(config, GatewayConfig.Tls::key)),
            fixed("server.transport", config -> config.server().transport()),
            fixed("server.reuse_port", config -> config.server().reusePort()),
            fixed("server.threads", config -> config.server().threads()),
            live("server.drain", config -> config.server().drain()),
            live("server.drain_delay", config -> config.server().drainDelay()),
            live("server.cors.origins", config -> config.server().corsOrigins()),
            limit("request_line", GatewayConfig.Limits::requestLineBytes),
            limit("headers", GatewayConfig.Limits::headerBytes),
            limit("header_count", GatewayConfig.Limits::headerCount),
            limit("body", GatewayConfig.Limits::bodyBytes),
            live("server.limits.json_depth", config -> config.server().limits().jsonDepth()),
            limit("header_timeout", GatewayConfig.Limits::headerTimeout),
            limit("body_timeout", GatewayConfig.Limits::bodyTimeout),
            limit("keep_alive", GatewayConfig.Limits::keepAlive),
            limit("max_connections", GatewayConfig.Limits::maxConnections),
            fixed("admin.listen", config -> config.admin().listen()),
            fixed("admin.token", config -> config.admin().token()),
            fixed("admin.oidc", config -> config.admin().oidc()),
            live("auth.mode", config -> config.auth().modes()),
            live("auth.tiers", config -> config.auth().tiers()),
            live("auth.users", config -> config.auth().users()),
            fixed("database.url", GatewayConfig::database),
            fixed("redis.url", GatewayConfig::redis),
            fixed("data_dir", GatewayConfig::dataDir),
            live("usage.prices", config -> config.usage().prices()),
            fixed("usage.retention", config -> config.usage().retention()),
            live("usage.on_client_abort", config -> config.usage().onClientAbort()),
            live("usage.drain", config -> config.usage().drain()),
            fixed("usage.durability", config -> config.usage().durability()),
            fixed("usage.metering", config -> config.usage().metering()),
            live("limits.time_zone", config -> config.limits().timeZone()),
            live("limits.nodes", config -> config.limits().nodes()),
            live("limits.threats", config -> config.limits().threats()),
            live("limits.webhook", config -> config.limits().webhook()));

    public ConfigDifference {
        changes = List.copyOf(changes);
        needRestart = List.copyOf(needRestart);
    }

    private static Setting fixed(String path, Function<GatewayConfig, @Nullable Object> value) {
        return new Setting(path, false, value);
    }

    private static Setting live(String path, Function<GatewayConfig, @Nullable Object> value) {
        return new Setting(path, true, value);
    }

    private static Setting limit(String name, Function<GatewayConfig.Limits, Object> value) {
        return fixed(
                "server.limits." + name, config -> value.apply(config.server().limits()));
    }

    private static @Nullable Object tls(GatewayConfig config, Function<GatewayConfig.Tls, Object> value) {
        GatewayConfig.Tls tls = config.server().tls();
        return tls == null ? null : value.apply(tls);
    }

    /** How {@code next} differs from {@code inForce}. */
    public static ConfigDifference between(GatewayConfig inForce, GatewayConfig next) {
        List<ConfigChange> changes = new ArrayList<>();
        List<String> needRestart = new ArrayList<>();
        for (Setting setting : SETTINGS) {
            if (!Objects.equals(setting.value().apply(inForce), setting.value().apply(next))) {
                changes.add(new ConfigChange(setting.path(), Kind.CHANGED));
                if (!setting.live()) {
                    needRestart.add(setting.path());
                }
            }
        }
        compare("providers.", inForce.providers(), next.providers(), changes);
        compare("models.", inForce.models(), next.models(), changes);
        compare("auth.issuers.", inForce.auth().issuers(), next.auth().issuers(), changes);
        compare("keys.", byName(inForce.keys()), byName(next.keys()), changes);
        compare("limits.rules.", rulesByName(inForce.limits()), rulesByName(next.limits()), changes);
        return new ConfigDifference(changes, needRestart);
    }

    private static Map<String, GatewayConfig.Key> byName(List<GatewayConfig.Key> keys) {
        Map<String, GatewayConfig.Key> byName = new LinkedHashMap<>();
        keys.forEach(key -> byName.put(key.name(), key));
        return byName;
    }

    private static Map<String, LimitSettings.Rule> rulesByName(LimitSettings limits) {
        Map<String, LimitSettings.Rule> byName = new LinkedHashMap<>();
        limits.rules().forEach(rule -> byName.put(rule.name(), rule));
        return byName;
    }

    private static <T> void compare(
            String prefix, Map<String, T> inForce, Map<String, T> next, List<ConfigChange> changes) {
        next.forEach((name, entry) -> {
            T before = inForce.get(name);
            if (before == null) {
                changes.add(new ConfigChange(prefix + name, Kind.ADDED));
            } else if (!before.equals(entry)) {
                changes.add(new ConfigChange(prefix + name, Kind.CHANGED));
            }
        });
        for (String name : inForce.keySet()) {
            if (!next.containsKey(name)) {
                changes.add(new ConfigChange(prefix + name, Kind.REMOVED));
            }
        }
    }
}
