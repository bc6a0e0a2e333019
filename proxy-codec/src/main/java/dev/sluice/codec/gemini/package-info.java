/**
 * Google's wire format: generateContent and its streams, embeddings, counts, models and errors; as the Gemini API
 * speaks it, and Vertex AI.
 */
@NullMarked
package dev.sluice.codec.gemini;

import org.jspecify.annotations.NullMarked;
