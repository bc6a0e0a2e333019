package dev.sluice.codec.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class EventScriptTest {
    private static final String ALL = """
            start msg_1 model-1
            text 0 CONTENT Hello, 世界
            text 0 REASONING " \\u000a\\ud83d"
            boundary 0 REASONING
            call 0 0 call_1 look
            args 0 0 {"a":1}
            call 1 0 - look
            signature 0 - ANTHROPIC c2ln
            redacted 0 - OPENAI c2ln
            signature 0 0 GEMINI c2ln
            citation 0 https://a.example A title
            citation 0 https://b.example
            finish 0 STOP
            finish 1 STOP_SEQUENCE the end
            """;

    @Test
    void whatIsToldIsWrittenDownInTheSameWords() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        EventScript.tell("# a comment\n\n" + ALL + "usage 1 2\ntake\n", recorder);
        assertThat(recorder).hasToString(ALL);
    }

    @Test
    void joinsTextThatGoesOn() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        EventScript.tell("text 0 CONTENT a\ntext 0 CONTENT \" b\"\ntext 1 CONTENT c\nargs 1 0 {\nargs 1 0 }", recorder);
        assertThat(recorder).hasToString("text 0 CONTENT a b\ntext 1 CONTENT c\nargs 1 0 {}\n");
    }

    @Test
    void figuresHaveNames() {
        Usage usage = EventScript.usage("usage 10 - cached=3 reasoning=0");
        assertThat(usage.inputTokens()).isEqualTo(10);
        assertThat(usage.outputTokens()).isEqualTo(Usage.UNKNOWN);
        assertThat(usage.cachedTokens()).isEqualTo(3);
        assertThat(usage.reasoningTokens()).isZero();
        assertThat(usage.cacheWriteTokens()).isEqualTo(Usage.UNKNOWN);
    }

    @Test
    void aLineWithAnotherWordIsAMistake() {
        assertThatThrownBy(() -> EventScript.tell("txt 0 CONTENT a", ChatEvents.IGNORED))
                .hasMessageContaining("txt 0 CONTENT a");
    }
}
