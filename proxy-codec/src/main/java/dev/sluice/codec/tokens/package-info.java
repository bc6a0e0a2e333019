/**
 * How many tokens a text is: exactly, and while it streams. HOT.
 *
 * <p>Texts are UTF-8 bytes here, as the reader of JSON unescapes them; nothing becomes a {@code String}. An answer goes
 * through a {@link StreamCount} for each of its channels, a prompt through a {@link PromptCount}; a {@link Tokenizer}
 * says which vocabulary a model has, and by how much the count of another one is wrong.
 *
 * <p>The vocabularies are files of the {@code jtokkit} library, whose classes are not used: they allocate some 20 to
 * 100 bytes for each byte of text, and cannot count a text that is still growing. They are the oracle of the tests.
 *
 * <p>All state is confined to who made it, but the loaded vocabularies, which are immutable and shared.
 */
@NullMarked
package dev.sluice.codec.tokens;

import org.jspecify.annotations.NullMarked;
