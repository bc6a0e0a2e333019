package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as the stream of a legacy completion: text and nothing else, be it content or refusal. Why it ended
 * comes with an empty text, since the last text is only known to be the last when it is gone. Thread: event loop.
 */
final class OpenAiTextChunks implements AnswerEncoder {
    private final OpenAiHead head;
    private final OpenAiEvents events;
    private final BitSet finished = new BitSet();
    private int choiceCount;

    OpenAiTextChunks(AnswerPlan plan, ByteBufAllocator allocator) {
        this.head = new OpenAiHead(plan, "text_completion", "cmpl");
        this.events = new OpenAiEvents(plan, head, allocator);
    }

    @Override
    public String contentType() {
        return OpenAiEvents.CONTENT_TYPE;
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        head.onStart(id, model);
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        boolean shown = channel == Channel.CONTENT || channel == Channel.REFUSAL;
        int place = seen(choice);
        if (shown && from < to && !finished.get(place)) {
            events.begin(place).name("text").beginString().text(utf8, from, to).endString();
            events.end();
        }
    }

    /** There is no word for it. */
    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        seen(choice);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {}

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        int place = seen(choice);
        if (!finished.get(place)) {
            finished.set(place);
            events.begin(place).name("text").string("");
            events.end(OpenAiFinish.ofText(reason));
        }
    }

    @Override
    public void onEnd(Usage usage) {
        for (int choice = 0; choice < Math.max(1, choiceCount); choice++) {
            onFinish(choice, FinishReason.STOP, null);
        }
        events.finish(usage);
    }

    @Override
    public void onCut(StreamCut cut) {
        for (int choice = 0; choice < Math.max(1, choiceCount); choice++) {
            if (!finished.get(choice)) {
                events.begin(choice).name("text").string("");
                events.end(OpenAiFinish.ofText(FinishReason.LENGTH), cut);
            }
        }
        events.finish(cut.usage());
    }

    @Override
    public @Nullable ByteBuf take() {
        return events.take();
    }

    @Override
    public void close() {
        events.close();
    }

    private int seen(int choice) {
        int place = OpenAiHead.place(choice);
        choiceCount = Math.max(choiceCount, place + 1);
        return place;
    }
}
