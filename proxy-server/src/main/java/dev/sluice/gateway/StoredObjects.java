package dev.sluice.gateway;

import dev.sluice.gateway.exchange.KeptObjects;
import dev.sluice.gateway.store.KeptTable;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** Lets exchanges ask the {@link KeptTable}. Thread: any; the looking, a virtual one for each question. */
final class StoredObjects implements KeptObjects {
    private static final int MOST_AT_ONCE = 64;

    private final KeptTable table;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);

    StoredObjects(KeptTable table) {
        this.table = table;
    }

    @Override
    public void note(String id, String provider, String tenant) {
        table.note(id, provider, tenant);
    }

    @Override
    public void find(String id, Consumer<Answer> answer) {
        if (!places.tryAcquire()) {
            answer.accept(Answer.AWAY);
            return;
        }
        Thread.ofVirtual().name("sluice-kept-lookup").start(() -> {
            Answer found = Answer.AWAY;
            try {
                found = look(id);
            } finally {
                places.release();
                answer.accept(found);
            }
        });
    }

    private Answer look(String id) {
        try {
            KeptTable.Kept kept = table.find(id);
            return kept == null
                    ? new Answer(/* told= */ true, null, null)
                    : new Answer(/* told= */ true, kept.provider(), kept.team());
        } catch (IOException away) {
            // Those who own the database say once that it is.
            return Answer.AWAY;
        }
    }
}
