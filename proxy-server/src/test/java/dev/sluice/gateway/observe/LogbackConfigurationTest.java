package dev.sluice.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogbackConfigurationTest {
    private final LoggerContext context = new LoggerContext();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeEach
    void loadTheShippedFile() throws JoranException {
        context.setMDCAdapter(new LogbackMDCAdapter());
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(getClass().getResource("/logback.xml"));
        ((OutputStreamAppender<ILoggingEvent>) stdout()).setOutputStream(out);
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void isWithoutFault() {
        assertThat(context.getStatusManager().getCopyOfStatusList())
                .filteredOn(status -> status.getLevel() >= Status.WARN)
                .isEmpty();
    }

    @Test
    void writesOneCompactJsonLineWithItsKeyValues() throws IOException {
        context.getLogger("dev.sluice.Some")
                .atWarn()
                .addKeyValue("provider", "openai")
                .setCause(new IllegalStateException("why \"quoted\"\n"))
                .log("the message");
        context.stop();

        String written = out.toString(StandardCharsets.UTF_8);
        assertThat(written.lines()).hasSize(1);
        assertThat(written)
                .contains("\"level\":\"WARN\"", "\"loggerName\":\"dev.sluice.Some\"", "the message", "openai")
                .contains("\"throwable\"", "IllegalStateException")
                .doesNotContain("birthdate", "sequenceNumber", "nanoseconds", "mdc", "arguments");
        try (JsonParser parser = new JsonFactory().createParser(written)) {
            parser.nextToken();
            parser.skipChildren();
            assertThat(parser.nextToken()).isNull();
        }
    }

    @Test
    void neverBlocksTheThreadThatLogs() {
        assertThat(async().isNeverBlock()).isTrue();
    }

    @Test
    void quietsTheLibrariesButNotSluice() {
        assertThat(context.getLogger("dev.sluice").getEffectiveLevel()).isEqualTo(Level.INFO);
        for (String noisy : new String[] {"io.netty", "com.zaxxer.hikari", "org.flywaydb", "io.zonky"}) {
            assertThat(context.getLogger(noisy).getEffectiveLevel()).isEqualTo(Level.WARN);
        }
    }

    private AsyncAppender async() {
        return (AsyncAppender) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("async");
    }

    private ConsoleAppender<ILoggingEvent> stdout() {
        return (ConsoleAppender<ILoggingEvent>) async().getAppender("stdout");
    }
}
