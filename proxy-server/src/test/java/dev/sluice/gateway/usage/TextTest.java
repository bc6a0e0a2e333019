package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void soundTextIsReturnedAsItIs() {
        String text = new String("sound 😀".toCharArray());
        assertThat(Text.cleaned(text, 128)).isSameAs(text);
    }

    @Test
    void nulAndHalfPairsAreReplaced() {
        assertThat(Text.cleaned("a\0b", 128)).isEqualTo("a\uFFFDb");
        assertThat(Text.cleaned("\uD83D", 128)).isEqualTo("\uFFFD");
        assertThat(Text.cleaned("x\uDE00\uD83D😀", 128)).isEqualTo("x\uFFFD\uFFFD😀");
    }

    @Test
    void longTextIsCutAndNeverInsideAPair() {
        assertThat(Text.cleaned("abcdef", 3)).isEqualTo("abc");
        assertThat(Text.cleaned("ab😀", 3)).isEqualTo("ab");
        assertThat(Text.cleaned("ab😀", 4)).isEqualTo("ab😀");
    }

    @Test
    void tagsBecomeOneJsonObject() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("team", "a \"b\" \\ c");
        tags.put("line", "1\n2\t\u0001");
        tags.put("nul", "\0");
        assertThat(Text.tags(tags))
                .isEqualTo("{\"team\":\"a \\\"b\\\" \\\\ c\",\"line\":\"1\\u000a2\\u0009\\u0001\",\"nul\":\"\uFFFD\"}");
        assertThat(Text.tags(Map.of())).isNull();
    }

    @Test
    void tagsAreBounded() {
        Map<String, String> tags = new LinkedHashMap<>();
        for (int i = 0; i < 1_000; i++) {
            tags.put("key" + i, "v".repeat(10_000));
        }
        assertThat(Text.tags(tags)).hasSizeLessThan(64 * 600);
    }
}
