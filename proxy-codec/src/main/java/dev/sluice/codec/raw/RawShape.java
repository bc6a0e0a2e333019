package dev.sluice.codec.raw;

import dev.sluice.codec.usage.UsageShape;
import java.util.List;

/** In which ways an answer that passes as it is may report usage: the first that has something to say is believed. Thread: any. */
public enum RawShape {
    /** Nothing is looked for but ids: what the answer reports has been, or will be, metered elsewhere. */
    UNMETERED(),
    /** Chat completions, or responses and images. */
    OPENAI(UsageShape.OPENAI, UsageShape.OPENAI_RESPONSES),
    /** Speech and transcriptions, whose details have names of their own. */
    OPENAI_AUDIO(UsageShape.OPENAI_REALTIME, UsageShape.OPENAI),
    ANTHROPIC(UsageShape.ANTHROPIC),
    GEMINI(UsageShape.GEMINI),
    BEDROCK(UsageShape.BEDROCK_CONVERSE),
    OLLAMA(UsageShape.OLLAMA);

    private final List<UsageShape> shapes;

    RawShape(UsageShape... shapes) {
        this.shapes = List.of(shapes);
    }

    List<UsageShape> shapes() {
        return shapes;
    }
}
