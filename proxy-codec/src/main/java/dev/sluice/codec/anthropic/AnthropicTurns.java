package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A conversation in the form that Anthropic insists on: system texts apart, the user first, turns that alternate, no
 * empty text. Each call has an id of its own and exactly one result in the turn behind it, before all else that the
 * user says there.
 *
 * <p>What callers of other dialects may get wrong is put right: a call without result gets one that says so, a result
 * without call becomes a text. One a request. Thread: event loop.
 */
final class AnthropicTurns {

    /** What a turn consists of. */
    sealed interface Block {
        /** A part as it is. */
        record Said(Part part) implements Block {}

        /** @param id one that Anthropic accepts */
        record Call(String id, Part.ToolCall call) implements Block {}

        /** @param result null when there is none */
        record Result(String id, Part.@Nullable ToolResult result) implements Block {}

        /** Words of our own, or what has no other form. */
        record Words(String text) implements Block {}
    }

    /** @param results stand before {@code blocks}; of a user's turn only */
    record Turn(boolean user, List<Block> results, List<Block> blocks) {
        boolean isEmpty() {
            return results.isEmpty() && blocks.isEmpty();
        }
    }

    /** A call that waits for its result. */
    private record Pending(String asked, String id) {}

    private static final Block OPENING = new Block.Words(".");
    private static final Block GO_ON = new Block.Words("Continue.");

    private final Set<String> dropped;
    private final List<Part.Text> system = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    /** How often an id has been met. */
    private final Map<String, Integer> ids = new HashMap<>();
    /** Calls of the assistant's last turn that have no result yet. */
    private final List<Pending> pending = new ArrayList<>();

    private AnthropicTurns(Set<String> dropped) {
        this.dropped = dropped;
    }

    /**
     * The turns of {@code request}.
     *
     * @param prefill whether the last may be the assistant's
     * @param dropped gets the names of what Anthropic has no place for
     */
    static AnthropicTurns of(ChatRequest request, boolean prefill, Set<String> dropped) {
        AnthropicTurns built = new AnthropicTurns(dropped);
        for (Message message : request.messages()) {
            built.add(message);
        }
        built.end(prefill);
        return built;
    }

    List<Part.Text> system() {
        return system;
    }

    List<Turn> turns() {
        return turns;
    }

    /**
     * Whether the assistant's last turn goes on, and does not begin with thinking: then a model that thinks by budget
     * refuses to think.
     */
    boolean goesOnWithoutThinking() {
        int last = turns.size() - 1;
        if (last > 0 && turns.get(last).user() && !turns.get(last).results().isEmpty()) {
            last--;
        }
        return last >= 0
                && !turns.get(last).user()
                && !(turns.get(last).blocks().get(0) instanceof Block.Said(Part.Reasoning ignored));
    }

    private void add(Message message) {
        if (message.name() != null) {
            dropped.add("name");
        }
        switch (message.role()) {
            case SYSTEM, DEVELOPER -> {
                for (Part part : message.parts()) {
                    addSystem(part);
                }
            }
            case USER, TOOL -> {
                for (Part part : message.parts()) {
                    addUser(part);
                }
            }
            case ASSISTANT -> {
                for (Part part : message.parts()) {
                    addAssistant(part);
                }
            }
        }
    }

    private void addSystem(Part part) {
        if (!(part instanceof Part.Text text)) {
            dropped.add("messages[system]");
        } else if (!isBlank(text.text())) {
            system.add(text);
        }
    }

    private void addUser(Part part) {
        switch (part) {
            case Part.Text text -> addText(/* user= */ true, text.text(), part);
            case Part.Image image -> turn(/* user= */ true).blocks().add(new Block.Said(image));
            case Part.Document document -> turn(/* user= */ true).blocks().add(new Block.Said(document));
            case Part.Audio audio -> turn(/* user= */ true).blocks().add(new Block.Said(audio));
            case Part.ToolResult result -> addResult(result);
            case Part.Foreign foreign -> drop(foreign);
            case Part.Refusal refusal -> dropped.add("messages[refusal]");
            case Part.Reasoning reasoning -> dropped.add("messages[reasoning]");
            case Part.ToolCall call -> dropped.add("messages[tool_call]");
        }
    }

    private void addAssistant(Part part) {
        switch (part) {
            case Part.Text text -> addText(/* user= */ false, text.text(), part);
            case Part.Refusal refusal -> addText(/* user= */ false, refusal.text(), part);
            case Part.Reasoning reasoning -> {
                if (AnthropicParts.isReplayable(reasoning)) {
                    turn(/* user= */ false).blocks().add(new Block.Said(reasoning));
                }
            }
            case Part.ToolCall call -> addCall(call);
            case Part.Foreign foreign -> drop(foreign);
            case Part.Image image -> dropped.add("messages[image]");
            case Part.Document document -> dropped.add("messages[document]");
            case Part.Audio audio -> dropped.add("messages[audio]");
            case Part.ToolResult result -> dropped.add("messages[tool_result]");
        }
    }

    private void addText(boolean user, JsonSlice text, Part part) {
        if (!isBlank(text)) {
            turn(user).blocks().add(new Block.Said(part));
        }
    }

    private void addCall(Part.ToolCall call) {
        Turn turn = turn(/* user= */ false);
        String id = ToolIds.legal(call.id());
        int times = ids.merge(id, 1, Integer::sum);
        String own = times == 1 ? id : ToolIds.again(id, times);
        turn.blocks().add(new Block.Call(own, call));
        pending.add(new Pending(call.id(), own));
    }

    private void addResult(Part.ToolResult result) {
        Turn turn = turn(/* user= */ true);
        for (Pending call : pending) {
            if (call.asked().equals(result.id())) {
                turn.results().add(new Block.Result(call.id(), result));
                pending.remove(call);
                return;
            }
        }
        for (Part part : result.content()) {
            addUser(part);
        }
        if (result.json() != null) {
            turn.blocks().add(new Block.Words(result.json().json()));
        }
    }

    private void drop(Part.Foreign foreign) {
        dropped.add("messages[" + foreign.what() + "]");
    }

    /** The turn in which somebody speaks now. */
    private Turn turn(boolean user) {
        Turn last = turns.isEmpty() ? null : turns.get(turns.size() - 1);
        if (last == null || last.user() != user) {
            if (!user) {
                answerAll();
            }
            last = new Turn(user, new ArrayList<>(), new ArrayList<>());
            turns.add(last);
        }
        return last;
    }

    /** The user's turn is over: what it has not answered will have no answer. */
    private void answerAll() {
        if (pending.isEmpty()) {
            return;
        }
        Turn turn = turns.get(turns.size() - 1);
        for (Pending call : pending) {
            turn.results().add(new Block.Result(call.id(), null));
        }
        pending.clear();
    }

    private void end(boolean prefill) {
        if (!pending.isEmpty()) {
            turn(/* user= */ true);
            answerAll();
        }
        turns.removeIf(Turn::isEmpty);
        if (turns.isEmpty() && !system.isEmpty()) {
            List<Block> said = new ArrayList<>();
            system.forEach(text -> said.add(new Block.Said(text)));
            turns.add(new Turn(/* user= */ true, List.of(), said));
            system.clear();
        }
        if (!turns.isEmpty() && !turns.get(0).user()) {
            turns.add(0, new Turn(/* user= */ true, List.of(), List.of(OPENING)));
        }
        if (!turns.isEmpty() && !turns.get(turns.size() - 1).user() && !prefill) {
            turns.add(new Turn(/* user= */ true, List.of(), List.of(GO_ON)));
        }
    }

    /** Such texts are refused. Long ones are looked at only as far as need be. */
    static boolean isBlank(JsonSlice text) {
        return text.text(0, 64).isBlank() && text.text().isBlank();
    }
}
