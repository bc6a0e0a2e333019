package dev.sluice.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.codec.dialect.InboundDialect;
import org.junit.jupiter.api.Test;

final class DialectsTest {

    @Test
    void everyNameOfAProviderLeadsToWhatItSpeaks() {
        for (String name : Dialects.providerNames()) {
            assertThat(Dialects.provider(name, Dialects.HostOptions.NONE)).isNotEmpty();
        }
    }

    @Test
    void hostsOfTheOpenAiDialectAreFoundByTheirQuirks() {
        assertThat(Dialects.provider("openai", Dialects.HostOptions.ofQuirks("groq"))
                        .get(0)
                        .name())
                .isEqualTo("groq");
        assertThat(Dialects.provider("openai", Dialects.HostOptions.NONE).get(0).name())
                .isEqualTo("openai");
    }

    @Test
    void namesWhatItKnowsWhenAskedForWhatItDoesNot() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dialects.provider("OpenAI", Dialects.HostOptions.NONE))
                .withMessageStartingWith("no dialect is called 'OpenAI'; known are [openai, azure, ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dialects.provider("openai", Dialects.HostOptions.ofQuirks("grok")))
                .withMessage("no host of the OpenAI dialect is called 'grok'");
    }

    @Test
    void everyWireFormatHasOneDialectOfCallersAtMost() {
        assertThat(Dialects.inbound()).isNotEmpty().doesNotHaveDuplicates();
        assertThat(Dialects.inbound().stream().map(InboundDialect::wireFormat)).doesNotHaveDuplicates();
    }
}
