package dev.sluice.gateway.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the document of the interface says about the endpoints of the data plane, by their label. Thread: any. */
final class DataPlaneDocuments {
    static final String JSON = "application/json";
    static final String MULTIPART = "multipart/form-data";

    /**
     * @param body media type of a body; null: none, or whatever the provider takes
     * @param bodyDescription in whose words a body is written
     */
    record Document(
            String label,
            String subject,
            String summary,
            @Nullable String body,
            String bodyDescription) {}

    private static final String OPENAI = "as OpenAI's interface has it";
    private static final String ANTHROPIC = "as Anthropic's interface has it";
    private static final String GEMINI = "as Google's Gemini interface has it";

    private static final List<Document> ALL = List.of(
            json("chat.completions", "models", "A chat, whole or streamed; or many of them on one WebSocket.", OPENAI),
            json("completions", "models", "A continuation of a text.", OPENAI),
            json("embeddings", "models", "Texts as vectors.", OPENAI),
            json("moderations", "models", "Whether texts are harmful.", OPENAI),
            json("responses", "models", "A response, and what is kept of one.", OPENAI),
            json("messages", "models", "A message of a chat, whole or streamed.", ANTHROPIC),
            json("messages.count_tokens", "models", "How many tokens a message has.", ANTHROPIC),
            json("gemini.generate_content", "models", "Content; streamed with `alt=sse`.", GEMINI),
            json("gemini.generate_content_array", "models", "Content, streamed.", GEMINI),
            json("gemini.count_tokens", "models", "How many tokens content has.", GEMINI),
            json("gemini.embed_content", "models", "Content as a vector.", GEMINI),
            json("gemini.batch_embed_contents", "models", "Contents as vectors.", GEMINI),
            of("realtime", "models", "A WebSocket to one provider's realtime session.", null, ""),
            json("audio.speech", "media", "Text to speech.", OPENAI),
            of("audio.transcriptions", "media", "Speech to text.", MULTIPART, OPENAI),
            of("audio.translations", "media", "Speech to text in English.", MULTIPART, OPENAI),
            of("audio", "media", "Whatever else a provider does with audio.", null, ""),
            json("images.generations", "media", "Images from a text.", OPENAI),
            of("images.edits", "media", "An image, changed.", MULTIPART, OPENAI),
            of("images.variations", "media", "Variations of an image.", MULTIPART, OPENAI),
            of("images", "media", "Whatever else a provider does with images.", null, ""),
            of("files", "kept by providers", "Files.", MULTIPART, OPENAI),
            of("uploads", "kept by providers", "Files in parts.", null, OPENAI),
            json("batches", "kept by providers", "Many requests, answered later.", OPENAI),
            json("messages.batches", "kept by providers", "Many messages, answered later.", ANTHROPIC),
            of("passthrough", "kept by providers", "Any request to a provider, as it is.", null, ""),
            of("models", "account", "The models that the caller may use.", null, ""),
            of("usage", "account", "What the caller has used.", null, ""),
            json("auth", "account", "Registers, logs in, stays logged in, logs out.", "see docs/accounts"),
            json("auth.profile", "account", "The profile of who is logged in.", "see docs/accounts"),
            of("healthz", "operation", "The process lives.", null, ""),
            of("readyz", "operation", "New requests are welcome.", null, ""));

    private static final Map<String, Document> BY_LABEL = byLabel();

    private DataPlaneDocuments() {}

    private static Document json(String label, String subject, String summary, String words) {
        return of(label, subject, summary, JSON, words);
    }

    private static Document of(
            String label, String subject, String summary, @Nullable String body, String bodyDescription) {
        return new Document(label, subject, summary, body, bodyDescription);
    }

    private static Map<String, Document> byLabel() {
        Map<String, Document> documents = new LinkedHashMap<>();
        ALL.forEach(document -> documents.put(document.label(), document));
        return documents;
    }

    /** @throws IllegalStateException when nobody has said anything about the endpoint */
    static Document of(String label) {
        Document document = BY_LABEL.get(label);
        if (document == null) {
            throw new IllegalStateException("the endpoint " + label + " has no document");
        }
        return document;
    }
}
