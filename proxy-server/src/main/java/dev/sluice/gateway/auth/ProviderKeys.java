package dev.sluice.gateway.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.PlainName;
import dev.sluice.gateway.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of providers that the database keeps, as this gateway knows them, and what a configuration becomes with them.
 * What was last read is in {@code <data_dir>/provider-keys}, sealed as in the database, so that a start without the
 * database has them. A key that is not known, or cannot be opened, leaves its reference where it is: calls that need it
 * are refused, others are not.
 *
 * <pre>
 *   file: a line with the version, then a line for each key: name, wrapped key, content, in base64
 * </pre>
 *
 * Thread: any; {@link #open} and {@link #replaceAll} block on the disk.
 */
public final class ProviderKeys {
    /** What they are sealed for. */
    public static final String PURPOSE = "provider keys";

    private static final Logger LOG = LoggerFactory.getLogger(ProviderKeys.class);
    private static final String FILE = "provider-keys";
    private static final String HEADER = "sluice provider keys 1";
    private static final int LARGEST_FILE_BYTES = 16 << 20;

    private final Path file;
    private final Envelope envelope;
    /** As they were read. */
    private Map<String, SealedSecret> sealed = Map.of();

    private volatile Map<String, Secret> known = Map.of();
    private volatile Runnable onChange = () -> {};

    private ProviderKeys(Path file, Envelope envelope) {
        this.file = file;
        this.envelope = envelope;
    }

    /** Knows what the file has, if there is one. One that cannot be read is as good as none. */
    public static ProviderKeys open(Path dataDir, Peppers peppers) {
        ProviderKeys keys = new ProviderKeys(dataDir.resolve(FILE), new Envelope(peppers, PURPOSE));
        if (Files.exists(keys.file)) {
            try {
                keys.adopt(read(keys.file));
            } catch (IOException | IllegalArgumentException e) {
                LOG.atWarn()
                        .addKeyValue("file", keys.file)
                        .addKeyValue("why", e.getMessage())
                        .log("keys of providers cannot be read from the disk; they come from the database");
            }
        }
        return keys;
    }

    public Envelope envelope() {
        return envelope;
    }

    /** From now on {@code action} is run after each change, on the thread that brought it; it must not block. */
    public void onChange(Runnable action) {
        onChange = action;
    }

    /** The database has these and no others. */
    public void replaceAll(Map<String, SealedSecret> rows) {
        synchronized (this) {
            if (rows.equals(sealed)) {
                return;
            }
            Map<String, Secret> before = known;
            adopt(rows);
            write();
            if (known.equals(before)) {
                return;
            }
        }
        LOG.atInfo().addKeyValue("keys", known.keySet()).log("keys of providers have changed");
        onChange.run();
    }

    private void adopt(Map<String, SealedSecret> rows) {
        Map<String, Secret> opened = new TreeMap<>();
        rows.forEach((name, row) -> {
            Secret secret = envelope.open(row, name);
            if (secret != null) {
                opened.put(name, secret);
            } else if (!Objects.equals(row, sealed.get(name))) {
                LOG.atWarn()
                        .addKeyValue("key", name)
                        .log("a provider's key was sealed with a pepper that is not known here, or was tampered with");
            }
        });
        sealed = Map.copyOf(rows);
        known = opened;
    }

    /** {@code config} with the keys in the place of the references to them, as far as they are known. */
    public GatewayConfig resolve(GatewayConfig config) {
        Map<String, Secret> now = known;
        Map<String, GatewayConfig.Provider> providers = new LinkedHashMap<>();
        boolean refers = false;
        for (GatewayConfig.Provider provider : config.providers().values()) {
            List<Secret> keys = new ArrayList<>();
            for (Secret key : provider.apiKeys()) {
                String name = key.storedName();
                keys.add(name == null ? key : now.getOrDefault(name, key));
                refers |= name != null;
            }
            providers.put(provider.name(), provider.withApiKeys(keys));
        }
        return refers ? config.withProviders(providers, config.models()) : config;
    }

    /** Whether a key of this name is known and can be opened. */
    public boolean knows(String name) {
        return known.containsKey(name);
    }

    private static Map<String, SealedSecret> read(Path file) throws IOException {
        List<String> lines = new String(PrivateFile.read(file, LARGEST_FILE_BYTES), US_ASCII)
                .lines()
                .toList();
        if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
            throw new IOException("it does not begin with '" + HEADER + "'");
        }
        Map<String, SealedSecret> rows = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] parts = line.split(" ", -1);
            if (parts.length != 3 || !PlainName.isOne(parts[0])) {
                throw new IOException("a line has not name, wrapped key and content");
            }
            Base64.Decoder base64 = Base64.getDecoder();
            rows.put(parts[0], new SealedSecret(base64.decode(parts[1]), base64.decode(parts[2])));
        }
        return rows;
    }

    private void write() {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        Base64.Encoder base64 = Base64.getEncoder();
        new TreeMap<>(sealed)
                .forEach((name, row) -> text.append(name)
                        .append(' ')
                        .append(base64.encodeToString(row.wrappedKey()))
                        .append(' ')
                        .append(base64.encodeToString(row.content()))
                        .append('\n'));
        try {
            PrivateFile.replace(file, text.toString().getBytes(US_ASCII));
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("why", e.getMessage())
                    .log("keys of providers are not on the disk; a start without the database would not have them");
        }
    }

    @Override
    public String toString() {
        return known.keySet().toString();
    }
}
