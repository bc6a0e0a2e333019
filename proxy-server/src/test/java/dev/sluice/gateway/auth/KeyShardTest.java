package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyShardTest {
    private static final Pepper PEPPER = TestPeppers.pepper(1);

    /** Against a map of the platform, with ids so near to each other that they get into each other's way. */
    @ParameterizedTest
    @ValueSource(ints = {6, 40, 3_000})
    void isAMap(int ids) {
        Random random = new Random(ids);
        Map<Long, KeyEntry> expected = new HashMap<>();
        KeyShard shard = KeyShard.EMPTY;
        for (int round = 0; round < 200; round++) {
            KeyShard.Draft draft = new KeyShard.Draft(shard);
            for (int i = 0; i < 50; i++) {
                long id = 1 + random.nextInt(ids);
                if (random.nextInt(5) < 2) {
                    draft.remove(id);
                    expected.remove(id);
                } else {
                    KeyEntry entry = entry();
                    draft.put(id, entry);
                    expected.put(id, entry);
                }
            }
            shard = draft.build();
            assertThat(shard.size()).isEqualTo(expected.size());
            for (long id = 1; id <= ids; id++) {
                assertThat(shard.get(id, KeyId.spread(id))).isSameAs(expected.get(id));
            }
        }
    }

    @Test
    void aDraftLeavesTheOriginalAlone() {
        KeyShard.Draft draft = new KeyShard.Draft(KeyShard.EMPTY);
        KeyEntry entry = entry();
        draft.put(7, entry);
        KeyShard first = draft.build();

        KeyShard.Draft second = new KeyShard.Draft(first);
        second.remove(7);
        second.put(8, entry());
        second.build();

        assertThat(first.size()).isEqualTo(1);
        assertThat(first.get(7, KeyId.spread(7))).isSameAs(entry);
        assertThat(first.get(8, KeyId.spread(8))).isNull();
        assertThat(KeyShard.EMPTY.get(7, KeyId.spread(7))).isNull();
    }

    private static KeyEntry entry() {
        KeyRecord key = KeyRecords.of(KeyRecords.newKey(), PEPPER).key();
        return KeyEntry.of(key, IpRanges.EVERYWHERE, new Shared());
    }
}
