package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.HandTurnedLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopTickerTest {
    private final HandTurnedLoop time = new HandTurnedLoop();
    private final LoopTicker ticker = new LoopTicker(time.eventLoop());
    private final List<String> called = new ArrayList<>();

    private LoopTicker.Node node(String name) {
        LoopTicker.Node node = new LoopTicker.Node(now -> called.add(name));
        ticker.add(node);
        return node;
    }

    private void tick() {
        called.clear();
        time.advance(Duration.ofNanos(LoopTicker.TICK_NANOS));
    }

    @Test
    void everyoneIsCalledTenTimesASecond() {
        node("a");
        node("b");
        time.advance(Duration.ofSeconds(1));

        assertThat(called).hasSize(20).containsOnly("a", "b");
    }

    @Test
    void nobodyIsCalledAfterLeaving() {
        LoopTicker.Node a = node("a");
        LoopTicker.Node b = node("b");
        LoopTicker.Node c = node("c");
        ticker.remove(b);
        tick();
        assertThat(called).containsExactlyInAnyOrder("a", "c");
        ticker.remove(c);
        ticker.remove(c);
        tick();
        assertThat(called).containsExactly("a");
        ticker.remove(a);
        tick();
        assertThat(called).isEmpty();
    }

    @Test
    void whoeverIsAddedTwiceIsCalledOnce() {
        LoopTicker.Node a = node("a");
        ticker.add(a);
        tick();

        assertThat(called).containsExactly("a");
    }

    @Test
    void someoneWhoLeftMayComeBackAfterTheLoopWasIdle() {
        LoopTicker.Node a = node("a");
        ticker.remove(a);
        time.advance(Duration.ofSeconds(5));
        ticker.add(a);
        tick();

        assertThat(called).containsExactly("a");
    }

    @Test
    void membersMayLeaveAndComeWhileTheyAreCalled() {
        List<LoopTicker.Node> nodes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int index = i;
            LoopTicker.Node node = new LoopTicker.Node(now -> {
                called.add("n" + index);
                // Its neighbours on both sides, and itself.
                for (int gone = Math.max(0, index - 1); gone <= Math.min(4, index + 1); gone++) {
                    ticker.remove(nodes.get(gone));
                }
                node("late" + index);
            });
            nodes.add(node);
            ticker.add(node);
        }
        tick();

        assertThat(called).containsExactly("n4", "n2", "n0");
        tick();
        assertThat(called).containsExactlyInAnyOrder("late4", "late2", "late0");
    }
}
