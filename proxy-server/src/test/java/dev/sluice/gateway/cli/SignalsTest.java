package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SignalsTest {
    @Test
    void anActionTakesThePlaceOfWhatTheSignalDid() throws IOException, InterruptedException {
        CountDownLatch twice = new CountDownLatch(2);
        // The terminal's size has changed: a signal that does nothing by itself.
        assertThat(Signals.on("WINCH", twice::countDown)).isTrue();

        while (!twice.await(200, TimeUnit.MILLISECONDS)) {
            new ProcessBuilder(
                            "kill",
                            "-WINCH",
                            String.valueOf(ProcessHandle.current().pid()))
                    .start()
                    .waitFor();
        }

        assertThat(twice.getCount()).isZero();
    }

    @Test
    void whatTheJvmKeepsForItselfIsRefused() {
        assertThat(Signals.on("SEGV", () -> {})).isFalse();
        assertThat(Signals.on("NOSUCH", () -> {})).isFalse();
    }
}
