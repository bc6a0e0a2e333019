package dev.sluice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says, as values that can be compared, without what says nothing: in how many pieces a text came, whose
 * turn it was when several calls or choices came in turns, where between its texts a source was named, white space behind
 * arguments. Arguments that were left out are an empty object. Complains when it is not told in the order that {@link ChatEvents} promises.
 */
final class Told implements ChatEvents {

    /** A piece of an answer. */
    sealed interface Part {}

    /** @param apart whether it was said not to continue the text before it on its channel */
    record Text(Channel channel, String text, boolean apart) implements Part {}

    /** @param arguments JSON */
    record Call(
            @Nullable String id,
            String name,
            String arguments,
            @Nullable Signature signature) implements Part {}

    /** @param redacted whether it is all there is of a piece of reasoning */
    record Signature(SignatureOrigin origin, boolean redacted, String text) implements Part {}

    /**
     * A source.
     *
     * @param behindText whether a text of content stood directly before it, which nothing had ended
     * @param parts how many there were before it
     */
    record Citation(String url, @Nullable String title, boolean behindText, int parts) {
        Citation anywhere() {
            return new Citation(url, title, true, 0);
        }
    }

    record Choice(
            int index,
            List<Part> parts,
            List<Citation> citations,
            @Nullable FinishReason finish,
            @Nullable String stopSequence) {

        boolean called() {
            return parts.stream().anyMatch(Call.class::isInstance);
        }

        /** All texts of {@code channel}, one behind the other. */
        String text(Channel channel) {
            StringBuilder all = new StringBuilder();
            for (Part part : parts) {
                if (part instanceof Text text && text.channel() == channel) {
                    all.append(text.text());
                }
            }
            return all.toString();
        }
    }

    private final TreeMap<Integer, Draft> drafts = new TreeMap<>();
    private boolean begun;
    private @Nullable String model;

    @Override
    public void onStart(@Nullable String id, @Nullable String named) {
        assertThat(begun).as("something was told before the start").isFalse();
        begun = true;
        model = named;
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        draft(choice).text(channel, utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        draft(choice).pending.add(channel);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        Draft draft = draft(choice);
        assertThat(call).as("the number of a call").isEqualTo(draft.calls.size());
        assertThat(name).as("the name of a call").isNotEmpty();
        DraftPart part = new DraftPart(null, false);
        part.id = id;
        part.name = name;
        draft.parts.add(part);
        draft.calls.add(part);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        draft(choice).calls.get(call).bytes.write(utf8, from, to - from);
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(utf8, from, to - from);
        Signature signature = new Signature(origin, redacted, Wtf8.decode(bytes));
        Draft draft = draft(choice);
        if (call == NO_CALL) {
            DraftPart part = new DraftPart(null, false);
            part.signature = signature;
            draft.parts.add(part);
        } else {
            draft.calls.get(call).signature = signature;
        }
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        Draft draft = draft(choice);
        DraftPart last = draft.parts.isEmpty() ? null : draft.parts.getLast();
        boolean behindText =
                last != null && last.channel == Channel.CONTENT && !draft.pending.contains(Channel.CONTENT);
        String named = title == null || title.isEmpty() ? null : title;
        draft.citations.add(new Citation(url, named, behindText, draft.parts.size()));
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        Draft draft = draft(choice);
        draft.finish = reason;
        draft.stopSequence = stopSequence;
    }

    /** The model's name, if it was told. */
    @Nullable
    String model() {
        return model;
    }

    /** The choices that have been heard of, in order. */
    List<Choice> choices() {
        List<Choice> choices = new ArrayList<>();
        drafts.forEach((index, draft) -> choices.add(draft.choice(index)));
        return choices;
    }

    /** Joins texts that continue one another: a boundary says nothing where anything else stands between two texts. */
    static List<Part> joined(List<Part> parts) {
        List<Part> joined = new ArrayList<>();
        for (Part part : parts) {
            Part last = joined.isEmpty() ? null : joined.getLast();
            if (!(part instanceof Text text)) {
                joined.add(part);
            } else if (!(last instanceof Text before) || before.channel() != text.channel()) {
                joined.add(new Text(text.channel(), text.text(), /* apart= */ false));
            } else if (text.apart()) {
                joined.add(text);
            } else {
                joined.set(joined.size() - 1, new Text(text.channel(), before.text() + text.text(), before.apart()));
            }
        }
        return joined;
    }

    private Draft draft(int choice) {
        begun = true;
        Draft draft = drafts.computeIfAbsent(choice, index -> new Draft());
        assertThat(draft.finish).as("choice %s had ended", choice).isNull();
        return draft;
    }

    /** A choice of which more may come. */
    private static final class Draft {
        private final List<DraftPart> parts = new ArrayList<>();
        private final List<DraftPart> calls = new ArrayList<>();
        private final List<Citation> citations = new ArrayList<>();
        private final Set<Channel> pending = EnumSet.noneOf(Channel.class);
        private final Set<Channel> said = EnumSet.noneOf(Channel.class);
        private @Nullable FinishReason finish;
        private @Nullable String stopSequence;

        private void text(Channel channel, byte[] utf8, int from, int to) {
            if (from == to) {
                return;
            }
            DraftPart last = parts.isEmpty() ? null : parts.getLast();
            boolean apart = pending.remove(channel) && said.contains(channel);
            if (last == null || last.channel != channel || apart) {
                last = new DraftPart(channel, apart);
                parts.add(last);
            }
            said.add(channel);
            last.bytes.write(utf8, from, to - from);
        }

        private Choice choice(int index) {
            return new Choice(
                    index, parts.stream().map(DraftPart::part).toList(), List.copyOf(citations), finish, stopSequence);
        }
    }

    private static final class DraftPart {
        private final @Nullable Channel channel;
        private final boolean apart;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private @Nullable String id;
        private @Nullable String name;
        private @Nullable Signature signature;

        private DraftPart(@Nullable Channel channel, boolean apart) {
            this.channel = channel;
            this.apart = apart;
        }

        private Part part() {
            if (channel != null) {
                return new Text(channel, Wtf8.decode(bytes), apart);
            }
            if (name != null) {
                return new Call(
                        id, name, bytes.size() == 0 ? "{}" : Wtf8.decode(bytes).stripTrailing(), signature);
            }
            if (signature == null) {
                throw new AssertionError("a part that is nothing");
            }
            return signature;
        }
    }
}
