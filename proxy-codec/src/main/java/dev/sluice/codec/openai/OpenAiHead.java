package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.StableIds;
import dev.sluice.codec.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/**
 * What every chunk of an answer repeats: its id, when it was made, and by which model. Does not change once it has been
 * written, whatever the provider says later. Thread: event loop.
 */
final class OpenAiHead {
    private static final int CALL_ID_CHARS = 24;
    private static final int LAST_CHOICE = 127;

    private final AnswerPlan plan;
    private final String object;
    private final String prefix;
    private String id;
    private String model;

    /** @param prefix what ids of this kind of answer begin with */
    OpenAiHead(AnswerPlan plan, String object, String prefix) {
        this.plan = plan;
        this.object = object;
        this.prefix = prefix;
        this.id = prefix + '-' + plan.requestId();
        this.model = plan.model();
    }

    /** Ids of another kind than the dialect's are not shown: clients tell by them what an answer is. */
    void onStart(@Nullable String providerId, @Nullable String providerModel) {
        if (providerId != null && providerId.startsWith(prefix)) {
            id = providerId;
        }
        if (providerModel != null && !providerModel.isEmpty()) {
            model = providerModel;
        }
    }

    /** The members with which an answer, or a chunk, begins. */
    void write(JsonWriter json) {
        json.name("id")
                .string(id)
                .name("object")
                .string(object)
                .name("created")
                .number(plan.createdSeconds())
                .name("model")
                .string(model);
    }

    /** Where a choice is kept: the dialect has 128, any beyond shares the last place. */
    static int place(int choice) {
        return choice < 0 || choice > LAST_CHOICE ? LAST_CHOICE : choice;
    }

    /** An id for a call that the provider gave none: the same whenever it is asked for, and of no other call. */
    String callId(int choice, int call) {
        String of = plan.requestId() + '/' + choice + '/' + call;
        return "call_" + StableIds.hex(of, CALL_ID_CHARS);
    }
}
