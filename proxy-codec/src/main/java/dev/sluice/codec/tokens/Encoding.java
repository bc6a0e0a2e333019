package dev.sluice.codec.tokens;

import org.jspecify.annotations.Nullable;

/**
 * The encodings whose vocabularies are public. Each is loaded once, when first asked for, and stays. Thread: any.
 */
public enum Encoding implements CounterSource {
    /** GPT-4o and all that came after it. */
    O200K_BASE("o200k_base"),
    /** GPT-3.5, GPT-4, and the text embeddings. */
    CL100K_BASE("cl100k_base");

    private final String resource;
    private volatile @Nullable TokenCounter counter;

    Encoding(String name) {
        this.resource = "/com/knuddels/jtokkit/" + name + ".tiktoken";
    }

    /** The counter if its vocabulary has been loaded, else null; never blocks. */
    @Override
    public @Nullable TokenCounter counterIfLoaded() {
        return counter;
    }

    /**
     * The counter; the first call loads the vocabulary, which takes some 100 ms and blocks: never on an event loop.
     *
     * @throws IllegalStateException if the vocabulary's file is missing or broken
     */
    public TokenCounter counter() {
        TokenCounter loaded = counter;
        return loaded != null ? loaded : load();
    }

    private synchronized TokenCounter load() {
        TokenCounter loaded = counter;
        if (loaded == null) {
            loaded = new TokenCounter(this, Vocabulary.load(resource));
            // The first count builds the table of characters too: here, and not on an event loop.
            loaded.count(new byte[] {' '}, 0, 1);
            counter = loaded;
        }
        return loaded;
    }
}
