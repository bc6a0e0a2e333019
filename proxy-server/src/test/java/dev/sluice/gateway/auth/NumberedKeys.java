package dev.sluice.gateway.auth;

import java.security.SecureRandom;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Keys that can be made again from their number, and the records of an installation with a few hundred teams. */
final class NumberedKeys {
    private static final int TEAMS = 500;
    private static final List<String> TIERS = List.of("free", "premium", "internal");
    private static final long EXPIRES_AT = 4_000_000_000L;

    private NumberedKeys() {}

    static ApiKey key(int number) {
        return ApiKey.generate(new Numbered(number));
    }

    /** Each tenth expires in the year 2096. */
    static KeyRecord keyRecord(int number, Pepper pepper) {
        ApiKey key = key(number);
        return new KeyRecord(
                key.id(),
                "service " + number,
                "team-" + number % TEAMS,
                null,
                new KeyDigest(pepper.digest(key)),
                pepper.id(),
                null,
                0,
                List.of("gpt-*", "claude-" + number % 7),
                List.of(),
                Map.of("cost-centre", "cc-" + number % 100, "stage", "production"),
                TIERS.get(number % TIERS.size()),
                List.of(),
                0,
                number % 10 == 0 ? EXPIRES_AT : Long.MAX_VALUE,
                true,
                false);
    }

    static Iterable<KeyRecord> records(int count, Pepper pepper) {
        return () -> new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < count;
            }

            @Override
            public KeyRecord next() {
                return keyRecord(next++, pepper);
            }
        };
    }

    /** As a source of keys: always the same for the same number. */
    private static final class Numbered extends SecureRandom {
        private final transient SplittableRandom random;

        Numbered(int number) {
            super(null, null);
            random = new SplittableRandom(number);
        }

        @Override
        public int nextInt(int bound) {
            return random.nextInt(bound);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            random.nextBytes(bytes);
        }
    }
}
