package dev.sluice.gateway.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The one script that decides, what it is given and what it says. Its algorithm is described where it is written. */
final class LeaseScript {
    static final String TEXT = read();
    static final String SHA1 = hash("SHA-1", TEXT);

    static final String PROBE_KEY = "sluice:probe";
    private static final Shape PROBE = new Shape(Shape.Kind.CALENDAR, 0, 1, 1, 0, 10_000, 1_000, /* presume= */ false);
    private static final int LONGEST_SUBJECT = 100;
    private static final int ANSWERS = 4;

    private LeaseScript() {}

    /** @param units leased; -1: a later ask was there before */
    record Answer(long units, long used, long retryAfterMillis, boolean enough) {}

    /** In a cluster all windows of one subject are in one place. Subjects may be as long as a caller likes; keys are not. */
    static String key(SharedWindow window) {
        String subject = window.subject();
        if (subject.length() > LONGEST_SUBJECT) {
            subject = hash("SHA-256", subject);
        }
        return "sluice:{" + subject + "}:" + window.id() + ':' + window.windowStartMillis();
    }

    /** @param fixedMicros the time, for tests; 0: the server's */
    static String[] ask(
            Shape shape,
            long restMillis,
            long fixedMicros,
            String life,
            long seq,
            Life.Told told,
            long needed,
            long wanted) {
        String[] args = head("ask", shape, restMillis, fixedMicros, 19);
        args[12] = life;
        args[13] = Long.toString(seq);
        args[14] = Long.toString(told.spent());
        args[15] = Long.toString(told.held());
        args[16] = Long.toString(told.unseen());
        args[17] = Long.toString(needed);
        args[18] = Long.toString(Math.max(needed, wanted));
        return args;
    }

    static String[] raise(Shape shape, long restMillis, long fixedMicros, long used) {
        String[] args = head("raise", shape, restMillis, fixedMicros, 14);
        args[12] = "";
        args[13] = Long.toString(Math.min(used, Shape.LARGEST));
        return args;
    }

    private static String[] head(String op, Shape shape, long restMillis, long fixedMicros, int size) {
        String[] args = new String[size];
        args[0] = op;
        args[1] = shape.kind().letter();
        args[2] = Long.toString(shape.limit());
        args[3] = Long.toString(shape.lengthTicks());
        args[4] = Integer.toString(Shape.BUCKETS);
        args[5] = Long.toString(shape.capacity());
        args[6] = Long.toString(shape.tickMicros());
        args[7] = Long.toString(shape.ttlMillis());
        args[8] = Long.toString(shape.leaseMillis() * 1_000);
        args[9] = shape.presume() ? "1" : "0";
        args[10] = Long.toString(restMillis);
        args[11] = Long.toString(fixedMicros);
        return args;
    }

    /** A server that has been restarted does not know the script: it is told once more, with the same numbers. */
    static CompletionStage<List<Object>> run(
            RedisClusterAsyncCommands<String, String> commands, String key, String[] args) {
        String[] keys = {key};
        CompletionStage<List<Object>> known = commands.evalsha(SHA1, ScriptOutputType.MULTI, keys, args);
        return known.exceptionallyCompose(failure ->
                failure instanceof RedisNoScriptException || failure.getCause() instanceof RedisNoScriptException
                        ? commands.eval(TEXT, ScriptOutputType.MULTI, keys, args)
                        : CompletableFuture.failedStage(failure));
    }

    /** Asks nothing, and writes all the same: what cannot do that cannot lease. */
    static String[] probe() {
        return raise(PROBE, 0, 0, 0);
    }

    static Answer answer(List<Object> reply) {
        if (reply.size() != ANSWERS
                || !(reply.get(0) instanceof Long units)
                || !(reply.get(1) instanceof Long used)
                || !(reply.get(2) instanceof Long retryAfterMillis)
                || !(reply.get(3) instanceof Long enough)) {
            throw new IllegalStateException("the script has answered " + reply + "; four integers were expected");
        }
        return new Answer(units, used, retryAfterMillis, enough == 1);
    }

    private static String read() {
        try (InputStream in = LeaseScript.class.getResourceAsStream("lease.lua")) {
            if (in == null) {
                throw new IllegalStateException("lease.lua is not in the jar");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String algorithm, String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(algorithm + " is missing from this Java", e);
        }
    }
}
