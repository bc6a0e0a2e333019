package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.Told.Call;
import dev.sluice.codec.Told.Choice;
import dev.sluice.codec.Told.Citation;
import dev.sluice.codec.Told.Part;
import dev.sluice.codec.Told.Signature;
import dev.sluice.codec.Told.Text;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.responses.ResponseGrammar;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The dialects that callers speak, and what each of them cannot say: an answer that went through a dialect is the answer
 * less that, and no less. What is missing, or different, stands here and nowhere else:
 *
 * <ul>
 *   <li>Chat completions: where a text is cut into blocks; thoughts that are cut are paragraphs. Signatures of calls that
 *       are not Gemini's. Which stop sequence came up, and that a turn only pauses.
 *   <li>Responses: choices but the first. Who signed: signatures of others are marked, those of calls stand behind their
 *       call as reasoning that is not shown. Which stop sequence came up, and that a turn only pauses. Sources that
 *       belong to no text.
 *   <li>Messages: choices but the first. That a text refuses: the answer ends with a refusal instead. Who signed:
 *       signatures of others are marked, those of calls stand before their call. Ids of calls that Anthropic would
 *       refuse. Sources that do not follow their text at once.
 *   <li>Gemini: where a text is cut into blocks, and that it refuses. That calls stood before texts: they come last, and
 *       only whole ones, in one line. Who signed, and that something is not shown: signatures of others are marked, in base64.
 *       Sources that are named twice. Which stop sequence came up, and that a turn only pauses.
 * </ul>
 */
enum Caller {
    CHAT_COMPLETIONS(Endpoint.CHAT_COMPLETIONS) {
        @Override
        List<Choice> hears(List<Choice> told) {
            return told.stream().map(Caller::asChatChoice).toList();
        }

        @Override
        List<Long> figures(Usage usage) {
            return List.of(
                    known(usage.inputTokens()),
                    usage.inCached() + usage.inCachedAudio(),
                    usage.inWrite5m() + usage.inWrite1h(),
                    usage.inAudio() + usage.inCachedAudio(),
                    known(usage.outputTokens()),
                    usage.outReasoning(),
                    usage.outAudio());
        }

        @Override
        void check(String stream, boolean complete) {
            ChatGrammar.check(stream, complete);
        }
    },

    RESPONSES(Endpoint.RESPONSES) {
        @Override
        List<Choice> hears(List<Choice> told) {
            return List.of(asResponse(first(told)));
        }

        @Override
        List<Long> figures(Usage usage) {
            return List.of(
                    known(usage.inputTokens()),
                    usage.inCached() + usage.inCachedAudio(),
                    usage.inWrite5m() + usage.inWrite1h(),
                    known(usage.outputTokens()),
                    usage.outReasoning());
        }

        @Override
        void check(String stream, boolean complete) {
            ResponseGrammar.check(stream, complete);
        }
    },

    MESSAGES(Endpoint.MESSAGES) {
        @Override
        List<Choice> hears(List<Choice> told) {
            return List.of(asMessage(first(told)));
        }

        @Override
        List<Long> figures(Usage usage) {
            return List.of(
                    known(usage.inputTokens()),
                    usage.inCached() + usage.inCachedAudio(),
                    usage.inWrite5m(),
                    usage.inWrite1h(),
                    known(usage.outputTokens()),
                    usage.outReasoning(),
                    known(usage.webSearches()));
        }

        @Override
        void check(String stream, boolean complete) {
            MessageGrammar.check(stream, complete);
        }

        /** Into how many pieces arguments are cut depends on the reads. */
        @Override
        String sameHoweverRead(String stream) {
            return MessageGrammar.withWholeArguments(stream);
        }
    },

    GENERATE_CONTENT(Endpoint.GENERATE_CONTENT) {
        @Override
        List<Choice> hears(List<Choice> told) {
            return told.isEmpty()
                    ? List.of(first(told))
                    : told.stream().map(Caller::asCandidate).toList();
        }

        @Override
        List<Long> figures(Usage usage) {
            return List.of(
                    known(usage.inputTokens()),
                    usage.inCached() + usage.inCachedAudio(),
                    known(usage.outputTokens()),
                    usage.outReasoning());
        }

        @Override
        void check(String stream, boolean complete) {
            CandidateGrammar.check(stream, complete);
        }
    };

    /** Stands for an id that the gateway makes. */
    static final String OUR_ID = "(ours)";

    private static final Pattern LEGAL_ID = Pattern.compile("[a-zA-Z0-9_-]+");

    private final Endpoint endpoint;
    private final InboundDialect dialect;

    Caller(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.dialect = Dialects.inbound().stream()
                .filter(candidate -> candidate.wireFormat() == endpoint.wireFormat())
                .findFirst()
                .orElseThrow();
    }

    /** What a caller hears of an answer that told {@code told}, and came to its end. */
    abstract List<Choice> hears(List<Choice> told);

    /** The figures of a report that the dialect has. */
    abstract List<Long> figures(Usage usage);

    /** Complains unless {@code stream} is one, or without being {@code complete} the beginning of one. */
    abstract void check(String stream, boolean complete);

    /** The stream without what may depend on the reads in which the provider's came. */
    String sameHoweverRead(String stream) {
        return stream;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    InboundDialect dialect() {
        return dialect;
    }

    /** The prompt was not counted: no figure may come from anywhere but the provider. */
    AnswerEncoder newEncoder(ByteBufAllocator allocator) {
        AnswerPlan plan = new AnswerPlan(
                endpoint, /* stream= */ true, "asked-model", "req-7", 1_790_000_000, true, -1, /* query= */ "alt=sse");
        return dialect.newEncoder(plan, allocator);
    }

    /** Whether the dialect would have to say something that none of its streams can end well with. */
    boolean isBrokenBy(List<Choice> told) {
        return this == GENERATE_CONTENT
                && told.stream()
                        .anyMatch(choice -> asStop(choice.finish()) == FinishReason.STOP
                                && choice.parts().stream()
                                        .anyMatch(part -> part instanceof Call call && !isObject(call.arguments())));
    }

    private static Choice asChatChoice(Choice told) {
        List<Part> parts = new ArrayList<>();
        for (Part part : told.parts()) {
            switch (part) {
                case Text text -> {
                    boolean paragraph = text.apart() && text.channel() == Channel.REASONING;
                    parts.add(new Text(text.channel(), (paragraph ? "\n\n" : "") + text.text(), false));
                }
                case Call call -> {
                    Signature signature = call.signature();
                    boolean kept = signature != null && signature.origin() == SignatureOrigin.GEMINI;
                    parts.add(with(call, call.id(), kept ? signature : null));
                }
                case Signature signature -> parts.add(signature);
            }
        }
        return new Choice(told.index(), Told.joined(parts), anywhere(told.citations()), finish(told, parts), null);
    }

    private static Choice asResponse(Choice told) {
        List<Part> parts = new ArrayList<>();
        int lastText = -1;
        for (Part part : Told.joined(told.parts())) {
            switch (part) {
                case Text text -> parts.add(text);
                case Call call -> {
                    parts.add(with(call, call.id(), null));
                    Signature signature = call.signature();
                    if (signature != null) {
                        parts.add(marked(signature, SignatureOrigin.OPENAI, /* redacted= */ true));
                    }
                }
                case Signature signature -> parts.add(marked(signature, SignatureOrigin.OPENAI, signature.redacted()));
            }
        }
        for (int i = 0; i < told.parts().size(); i++) {
            if (told.parts().get(i) instanceof Text text && text.channel() == Channel.CONTENT) {
                lastText = i;
            }
        }
        int last = lastText;
        List<Citation> citations = told.citations().stream()
                .filter(citation -> citation.parts() <= last + 1)
                .toList();
        return new Choice(0, parts, anywhere(citations), finish(told, parts), null);
    }

    private static Choice asMessage(Choice told) {
        List<Part> parts = new ArrayList<>();
        Channel before = null;
        boolean refused = false;
        for (Part part : Told.joined(told.parts())) {
            Channel channel = null;
            switch (part) {
                case Text text -> {
                    channel = text.channel();
                    refused |= channel == Channel.REFUSAL;
                    boolean apart = text.apart() || (before != null && before != channel);
                    Channel said = channel == Channel.REFUSAL ? Channel.CONTENT : channel;
                    parts.add(new Text(said, text.text(), apart));
                }
                case Call call -> {
                    Signature signature = call.signature();
                    if (signature != null) {
                        parts.add(marked(signature, SignatureOrigin.ANTHROPIC, /* redacted= */ false));
                    }
                    String id = call.id();
                    boolean legal = id != null && LEGAL_ID.matcher(id).matches();
                    parts.add(with(call, legal ? id : null, null));
                }
                case Signature signature ->
                    parts.add(marked(signature, SignatureOrigin.ANTHROPIC, signature.redacted()));
            }
            before = channel;
        }
        List<Citation> citations =
                told.citations().stream().filter(Citation::behindText).toList();
        FinishReason reason = told.finish();
        String sequence = null;
        if (reason == FinishReason.STOP_SEQUENCE) {
            sequence = told.stopSequence();
        } else if (reason != FinishReason.PAUSE) {
            reason = finish(told, parts);
            reason = reason == FinishReason.STOP && refused ? FinishReason.CONTENT_FILTER : reason;
        }
        return new Choice(0, Told.joined(parts), anywhere(citations), reason, sequence);
    }

    private static Choice asCandidate(Choice told) {
        List<Part> parts = new ArrayList<>();
        for (Part part : told.parts()) {
            switch (part) {
                case Text text -> {
                    boolean refusal = text.channel() == Channel.REFUSAL;
                    parts.add(new Text(refusal ? Channel.CONTENT : text.channel(), text.text(), false));
                }
                case Call call -> {}
                case Signature signature -> parts.add(encoded(signature));
            }
        }
        List<Part> whole = new ArrayList<>(Told.joined(parts));
        for (Part part : told.parts()) {
            if (part instanceof Call call && isObject(call.arguments())) {
                Signature signature = call.signature();
                whole.add(new Call(
                        call.id(),
                        call.name(),
                        inOneLine(call.arguments()),
                        signature == null ? null : encoded(signature)));
            }
        }
        Set<String> known = new HashSet<>();
        List<Citation> citations = told.citations().stream()
                .filter(citation -> known.add(citation.url()))
                .toList();
        return new Choice(told.index(), whole, anywhere(citations), finish(told, whole), null);
    }

    private static Choice first(List<Choice> told) {
        return told.isEmpty() || told.getFirst().index() != 0
                ? new Choice(0, List.of(), List.of(), FinishReason.STOP, null)
                : told.getFirst();
    }

    private static List<Citation> anywhere(List<Citation> citations) {
        return citations.stream().map(Citation::anywhere).toList();
    }

    private static Call with(Call call, @Nullable String id, @Nullable Signature signature) {
        return new Call(id == null ? OUR_ID : id, call.name(), call.arguments(), signature);
    }

    /** What has been called counts more than what is said of it. */
    private static FinishReason finish(Choice told, List<Part> parts) {
        FinishReason reason = asStop(told.finish());
        boolean called = parts.stream().anyMatch(Call.class::isInstance);
        return reason == FinishReason.STOP && called ? FinishReason.TOOL_CALLS : reason;
    }

    private static FinishReason asStop(@Nullable FinishReason reason) {
        return switch (reason) {
            case null -> FinishReason.STOP;
            case STOP, STOP_SEQUENCE, PAUSE, TOOL_CALLS -> FinishReason.STOP;
            case LENGTH, CONTENT_FILTER -> reason;
        };
    }

    private static Signature marked(Signature signature, SignatureOrigin reader, boolean redacted) {
        String mark = signature.origin() == reader ? "" : signature.origin().mark();
        boolean has = signature.text().startsWith(mark);
        return new Signature(reader, redacted, has ? signature.text() : mark + signature.text());
    }

    private static Signature encoded(Signature signature) {
        if (signature.origin() == SignatureOrigin.GEMINI) {
            return new Signature(SignatureOrigin.GEMINI, false, signature.text());
        }
        String marked = signature.origin().mark() + (signature.redacted() ? "redacted:" : "") + signature.text();
        String base64 = new String(Base64.getEncoder().encode(marked.getBytes(UTF_8)), ISO_8859_1);
        return new Signature(SignatureOrigin.GEMINI, false, base64);
    }

    /** Of white space within arguments, line ends would be those of the event. */
    private static String inOneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }

    private static boolean isObject(String json) {
        JsonSlice value = JsonSlice.checked(Unpooled.copiedBuffer(json, UTF_8));
        return value != null && value.isObject();
    }

    private static long known(long figure) {
        return Math.max(0, figure);
    }
}
