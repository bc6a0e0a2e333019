/**
 * OpenAI's Responses: a conversation as a list of items, and an answer as events that open, fill and close them.
 *
 * <p>Both sides live here: callers who speak it, in front of providers of any dialect, and providers that serve it,
 * whose bytes pass unchanged. Nothing is stored, so what refers to something stored is refused when it has to be
 * translated. Thread: event loop.
 */
@NullMarked
package dev.sluice.codec.responses;

import org.jspecify.annotations.NullMarked;
