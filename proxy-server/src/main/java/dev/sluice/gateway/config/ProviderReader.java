package dev.sluice.gateway.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code providers}. */
final class ProviderReader {
    private static final List<String> DIALECTS =
            List.of("openai", "azure", "anthropic", "gemini", "vertex", "bedrock", "ollama");
    /** Hosts that speak the OpenAI dialect with habits of their own. */
    static final List<String> QUIRKS = List.of(
            "groq",
            "mistral",
            "deepseek",
            "xai",
            "openrouter",
            "together",
            "fireworks",
            "perplexity",
            "ollama",
            "vllm",
            "lmstudio");

    static final String AZURE_V1 = "v1";
    private static final Pattern AZURE_DATE = Pattern.compile("20\\d\\d-[01]\\d-[0-3]\\d(-preview)?");

    private ProviderReader() {}

    static Map<String, GatewayConfig.Provider> read(Section providers) {
        Map<String, GatewayConfig.Provider> found = new LinkedHashMap<>();
        for (String name : providers.names()) {
            if (!PlainName.isOne(name)) {
                providers
                        .problems()
                        .error(providers.atKey(name), "is not a name for a provider; allowed: " + PlainName.ALLOWED);
            }
            GatewayConfig.Provider provider = provider(name, providers.section(name));
            if (provider != null) {
                found.put(name, provider);
            }
        }
        return found;
    }

    private static GatewayConfig.@Nullable Provider provider(String name, Section section) {
        String dialect = dialect(section.required("dialect"));
        String quirks = quirks(section.scalar("quirks"), dialect);
        boolean allowPrivate = section.flag("allow_private", false);
        Scalar url = section.required("base_url");
        URI baseUrl = url == null ? null : url.baseUrl();
        if (url != null && baseUrl != null && !allowPrivate) {
            refusePrivate(url, baseUrl);
        }
        List<Secret> apiKeys = apiKeys(section);
        String apiVersion = apiVersion(section, dialect);
        var ca = section.file("ca");
        GatewayConfig.AbortPolicy onClientAbort = section.abortPolicy();
        GatewayConfig.Aws aws = aws(section, dialect);
        Path serviceAccount = section.file("service_account");
        if (serviceAccount != null) {
            allowOnlyWith("vertex", section, "service_account", dialect);
        }
        if ((aws != null || serviceAccount != null) && !apiKeys.isEmpty()) {
            section.problems()
                    .error(section.atKey("api_key"), "stands beside another way to sign; allowed: one of them");
        }
        Boolean responses = responses(section, dialect);
        GatewayConfig.TimeoutSettings timeouts = ModelReader.timeouts(section.section("timeouts"));
        GatewayConfig.Breaker breaker = breaker(section.section("breaker"));
        section.done();
        if (dialect == null || baseUrl == null || !PlainName.isOne(name)) {
            return null;
        }
        return new GatewayConfig.Provider(
                name,
                dialect,
                quirks,
                withApiPath(dialect, apiVersion, baseUrl),
                apiKeys,
                apiVersion,
                allowPrivate,
                ca,
                onClientAbort,
                aws,
                serviceAccount,
                responses,
                timeouts,
                breaker);
    }

    private static GatewayConfig.Breaker breaker(Section section) {
        GatewayConfig.Breaker standard = GatewayConfig.Breaker.DEFAULT;
        GatewayConfig.Breaker breaker = new GatewayConfig.Breaker(
                section.integer("failures", standard.failures(), 1, 1000),
                section.wholePercent("ratio", standard.ratioPercent(), 1, 100),
                section.integer("requests", standard.requests(), 1, 10_000),
                section.duration("window", standard.window(), Duration.ofSeconds(1), Duration.ofMinutes(10)),
                section.duration("open", standard.open(), Duration.ofMillis(100), Duration.ofHours(1)),
                section.has("slow")
                        ? section.duration("slow", Duration.ofHours(1), Duration.ofMillis(10), Duration.ofHours(1))
                        : null);
        section.done();
        return breaker;
    }

    private static GatewayConfig.@Nullable Aws aws(Section provider, @Nullable String dialect) {
        if (!provider.has("aws")) {
            return null;
        }
        allowOnlyWith("bedrock", provider, "aws", dialect);
        Section section = provider.section("aws");
        Scalar region = section.required("region");
        Secret id = secret(section.required("access_key_id"));
        Secret key = secret(section.required("secret_access_key"));
        Secret session = secret(section.scalar("session_token"));
        section.done();
        return region == null || id == null || key == null
                ? null
                : new GatewayConfig.Aws(region.text(), id, key, session);
    }

    private static @Nullable Boolean responses(Section section, @Nullable String dialect) {
        if (!section.has("responses")) {
            return null;
        }
        if (dialect != null && !dialect.equals("openai") && !dialect.equals("azure")) {
            section.problems()
                    .error(
                            section.atKey("responses"),
                            "stands beside dialect " + dialect + "; allowed: only with dialect openai or azure");
        }
        return section.flag("responses", false);
    }

    private static @Nullable Secret secret(@Nullable Scalar scalar) {
        return scalar == null ? null : scalar.headerSecret();
    }

    private static void allowOnlyWith(String needed, Section section, String key, @Nullable String dialect) {
        if (dialect != null && !dialect.equals(needed)) {
            section.problems()
                    .error(
                            section.atKey(key),
                            "stands beside dialect " + dialect + "; allowed: only with dialect " + needed);
        }
    }

    private static @Nullable String dialect(@Nullable Scalar dialect) {
        if (dialect == null || DIALECTS.contains(dialect.text())) {
            return dialect == null ? null : dialect.text();
        }
        String nearest = NearestName.find(dialect.text(), DIALECTS);
        dialect.error("dialect " + dialect.shown() + " is not supported by this version; supported: "
                + String.join(", ", DIALECTS)
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
        return null;
    }

    private static @Nullable String quirks(@Nullable Scalar quirks, @Nullable String dialect) {
        if (quirks == null) {
            return null;
        }
        if (dialect != null && !dialect.equals("openai")) {
            quirks.error("stands beside dialect " + dialect + "; allowed: only with dialect openai");
            return null;
        }
        return quirks.choice(QUIRKS);
    }

    /**
     * Azure is named by its bare endpoint; version v1 of its API lives below this path. With older versions the path
     * depends on the model, and the endpoint stays bare.
     */
    static URI withApiPath(String dialect, @Nullable String apiVersion, URI baseUrl) {
        boolean below = dialect.equals("azure") && AZURE_V1.equals(apiVersion);
        return below && baseUrl.getRawPath().isEmpty() ? URI.create(baseUrl + "/openai/v1") : baseUrl;
    }

    /** What can be seen without a look-up. This machine itself needs no leave: nothing of it crosses a network. */
    private static void refusePrivate(Scalar url, URI baseUrl) {
        if (new GatewayConfig.Address(baseUrl.getHost(), 1).isLoopback()) {
            return;
        }
        if ("http".equals(baseUrl.getScheme())) {
            url.error(url.shown() + " would send keys and prompts unencrypted; allowed: https,"
                    + " or http with allow_private: true");
        } else if (isPrivate(baseUrl.getHost())) {
            url.error(url.shown() + " is a private address; allowed only with allow_private: true");
        }
    }

    private static boolean isPrivate(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        if (bytes == null) {
            return false;
        }
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
            return uniqueLocal
                    || address.isLoopbackAddress()
                    || address.isAnyLocalAddress()
                    || address.isSiteLocalAddress()
                    || address.isLinkLocalAddress()
                    || address.isMulticastAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 bytes", e);
        }
    }

    private static List<Secret> apiKeys(Section section) {
        List<Scalar> written = new ArrayList<>(section.storables("api_keys"));
        Scalar single = section.storable("api_key");
        if (section.has("api_key") && section.has("api_keys")) {
            section.problems().error(section.atKey("api_keys"), "stands beside api_key; allowed: one of the two");
        }
        if (single != null) {
            written.add(single);
        }
        if (written.size() > GatewayConfig.Model.MAX_TARGETS) {
            section.problems()
                    .error(
                            section.at("api_keys"),
                            "has " + written.size() + " keys; allowed: 1 to " + GatewayConfig.Model.MAX_TARGETS);
        }
        List<Secret> secrets = new ArrayList<>();
        for (Scalar key : written) {
            Secret secret = key.headerSecret();
            if (secret != null) {
                secrets.add(secret);
            }
        }
        return secrets;
    }

    private static @Nullable String apiVersion(Section section, @Nullable String dialect) {
        Scalar version = section.scalar("api_version");
        if (!"azure".equals(dialect)) {
            if (version != null) {
                version.noEffect();
            }
            return version == null ? null : version.text();
        }
        if (version == null) {
            return AZURE_V1;
        }
        if (!version.text().equals(AZURE_V1)
                && !AZURE_DATE.matcher(version.text()).matches()) {
            version.error(version.shown()
                    + " is no version of Azure's API; allowed: v1, or a date such as 2024-10-21 or 2025-04-01-preview");
        }
        return version.text();
    }
}
