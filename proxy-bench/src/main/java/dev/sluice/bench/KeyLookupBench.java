package dev.sluice.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.auth.KeyDirectory;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Pepper;
import dev.sluice.gateway.auth.Peppers;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to know a caller among a million keys, beside the bare hash of a key: each call asks for another one of
 * {@value #ASKED} keys that lie all over the table, so that neither it nor its entries stay in the processor's cache.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KeyLookupBench {
    private static final int KEYS = 1_000_000;
    private static final int ASKED = 1 << 16;
    private static final int TEAMS = 500;
    private static final String ID_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final String PEPPER = "5a".repeat(32);
    private static final String NEXT_PEPPER = "a5".repeat(32);
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final String[] known = new String[ASKED];
    private final String[] unknown = new String[ASKED];
    private int next;
    private KeyDirectory directory = new KeyDirectory(peppers(Map.of("SLUICE_PEPPER", PEPPER)), InstantSource.system());
    private KeyDirectory rotating = directory;

    private final Mac mac = mac();
    private final byte[] digest = new byte[32];
    private byte[] text = {};

    @Setup
    public void setUp() {
        Peppers one = peppers(Map.of("SLUICE_PEPPER", PEPPER));
        Peppers two = peppers(Map.of("SLUICE_PEPPER", NEXT_PEPPER, "SLUICE_PEPPER_PREVIOUS", PEPPER));
        SecureRandom random = new SecureRandom();
        KeyRecord[] real = new KeyRecord[ASKED];
        for (int i = 0; i < ASKED; i++) {
            ApiKey key = ApiKey.generate(random);
            known[i] = key.reveal();
            real[i] = keyRecord(key.id(), i, new KeyDigest(one.current().digest(key)), one.current());
            unknown[i] = ApiKey.generate(random).reveal();
        }
        directory = new KeyDirectory(one, InstantSource.system());
        directory.replaceAll(() -> keys(real, one.current()));
        // Only what is asked for: with a million of its own it would not fit beside the other.
        rotating = new KeyDirectory(two, InstantSource.system());
        rotating.apply(List.of(real));
        text = known[0].getBytes(US_ASCII);
    }

    /** The lower bound: the HMAC of a key, nothing else. */
    @Benchmark
    public byte bareHash() throws GeneralSecurityException {
        mac.update(text, 0, text.length);
        mac.doFinal(digest, 0);
        text[20] = (byte) ('a' + (digest[0] & 7));
        return digest[1];
    }

    @Benchmark
    public @Nullable AuthResult known() {
        return directory.find(known[++next & (ASKED - 1)], LOOPBACK);
    }

    @Benchmark
    public @Nullable AuthResult unknown() {
        return directory.find(unknown[++next & (ASKED - 1)], LOOPBACK);
    }

    /** While the pepper is being changed: two hashes for each call. */
    @Benchmark
    public @Nullable AuthResult knownByPreviousPepper() {
        return rotating.find(known[++next & (ASKED - 1)], LOOPBACK);
    }

    /** The keys that are asked for, and others in between and around them. */
    private static Iterator<KeyRecord> keys(KeyRecord[] real, Pepper pepper) {
        SplittableRandom random = new SplittableRandom(1);
        return new Iterator<>() {
            private int given;

            @Override
            public boolean hasNext() {
                return given < KEYS;
            }

            @Override
            public KeyRecord next() {
                int number = given++;
                int step = KEYS / ASKED;
                if (number % step == 0 && number / step < ASKED) {
                    return real[number / step];
                }
                StringBuilder id = new StringBuilder();
                for (int i = 0; i < 8; i++) {
                    id.append(ID_DIGITS.charAt(random.nextInt(ID_DIGITS.length())));
                }
                byte[] made = new byte[32];
                random.nextBytes(made);
                return keyRecord(id.toString(), number, new KeyDigest(made), pepper);
            }
        };
    }

    private static KeyRecord keyRecord(String id, int number, KeyDigest digest, Pepper pepper) {
        return new KeyRecord(
                id,
                "service " + number,
                "team-" + number % TEAMS,
                null,
                digest,
                pepper.id(),
                null,
                0,
                List.of("gpt-*"),
                List.of(),
                Map.of("stage", "production"),
                "premium",
                List.of(),
                0,
                Long.MAX_VALUE,
                true,
                false);
    }

    private static Peppers peppers(Map<String, String> environment) {
        try {
            return Peppers.load(Path.of("no-such-directory"), environment);
        } catch (IOException e) {
            throw new IllegalStateException("these peppers are usable", e);
        }
    }

    private static Mac mac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }
}
