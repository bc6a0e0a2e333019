package dev.sluice.gateway.admin;

import dev.sluice.gateway.account.ConnectionSource;
import dev.sluice.gateway.auth.SecretBox;
import dev.sluice.gateway.store.IdempotentAnswers;
import dev.sluice.gateway.store.IdempotentAnswers.Found;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the admin plane meets the database: reads in one go, and changes each in one transaction with its row in the audit
 * log. An answer of 400 and above, an exception, or a change that nobody wrote down undoes everything. Thread: that of the
 * request.
 */
public final class Changes {
    static final String IDEMPOTENCY_KEY = "idempotency-key";

    private static final int LONGEST_KEY = 255;

    private final ConnectionSource connections;
    private final SecretBox box;
    private final KeyPublisher publisher;

    /** What is to be done. */
    @FunctionalInterface
    interface Work {
        AdminResponse carryOut(Change change) throws Exception;
    }

    /** What is to be read. */
    @FunctionalInterface
    interface Reading {
        AdminResponse read(Connection connection) throws Exception;
    }

    /** @param box what answers are sealed with that may have to be given again */
    public Changes(ConnectionSource connections, SecretBox box, KeyPublisher publisher) {
        this.connections = connections;
        this.box = box;
        this.publisher = publisher;
    }

    AdminResponse read(Reading reading) throws Exception {
        try (Connection connection = connections.open()) {
            return reading.read(connection);
        } catch (RefusedException e) {
            return e.answer();
        } catch (SQLException e) {
            return answer(e);
        }
    }

    AdminResponse change(AdminRequest request, Work work) throws Exception {
        return run(request, null, work);
    }

    /** The same for what is made anew: with an {@code Idempotency-Key} it happens once, however often it is asked for. */
    AdminResponse create(AdminRequest request, Work work) throws Exception {
        List<String> given = request.headers().getAll(IDEMPOTENCY_KEY);
        if (given.isEmpty()) {
            return run(request, null, work);
        }
        String key = given.get(0);
        if (given.size() > 1 || !isFit(key)) {
            return AdminResponse.error(
                    400,
                    "invalid_idempotency_key",
                    null,
                    "the header `Idempotency-Key` is given " + given.size() + " times and has " + key.length()
                            + " characters; allowed: once, 1 to " + LONGEST_KEY
                            + " characters of ASCII that can be seen");
        }
        String content = request.method() + ' ' + request.path() + '\n' + request.body();
        return run(request, new IdempotentAnswers.Request(Change.actor(request), key, content), work);
    }

    private static boolean isFit(String key) {
        return !key.isEmpty() && key.length() <= LONGEST_KEY && key.chars().allMatch(c -> c > 0x20 && c <= 0x7e);
    }

    private AdminResponse run(AdminRequest request, IdempotentAnswers.@Nullable Request repeatable, Work work)
            throws Exception {
        boolean committing = false;
        try (Connection connection = connections.open()) {
            // Whatever is not committed is undone by closing the connection.
            connection.setAutoCommit(false);
            Change change = new Change(connection, request);
            AdminResponse answer = repeatable == null ? work.carryOut(change) : once(change, repeatable, work);
            if (answer.status() < 400 && change.isToBeCommitted()) {
                committing = true;
                connection.commit();
                publisher.publish(change.announcedKeys());
            }
            return answer;
        } catch (RefusedException e) {
            return e.answer();
        } catch (SQLException e) {
            return committing ? DatabaseFailure.unknownOutcome() : answer(e);
        }
    }

    private AdminResponse once(Change change, IdempotentAnswers.Request repeatable, Work work) throws Exception {
        IdempotentAnswers answers = new IdempotentAnswers(change.connection(), box);
        return switch (answers.find(repeatable)) {
            case Found.Answered before -> {
                change.changesNothing();
                yield SealedAnswer.read(before.status(), before.answer());
            }
            case Found.Reused reused ->
                AdminResponse.error(
                        422,
                        "idempotency_key_reused",
                        null,
                        "another request came with this `Idempotency-Key` within a day; allowed: the very same one");
            case Found.InFlight inFlight ->
                AdminResponse.error(
                                409,
                                "idempotency_key_in_flight",
                                null,
                                "a request with this `Idempotency-Key` is being carried out at this moment")
                        .withHeader("retry-after", "1");
            case Found.Unreadable unreadable ->
                AdminResponse.error(
                        409,
                        "idempotent_answer_lost",
                        null,
                        "the request was carried out, and its answer cannot be read any more since the pepper changed");
            case Found.Nothing nothing -> {
                AdminResponse answer = work.carryOut(change);
                if (answer.status() < 400) {
                    answers.keep(repeatable, answer.status(), SealedAnswer.write(answer));
                }
                yield answer;
            }
        };
    }

    private static AdminResponse answer(SQLException e) throws SQLException {
        AdminResponse answer = DatabaseFailure.answer(e);
        if (answer == null) {
            throw e;
        }
        return answer;
    }
}
