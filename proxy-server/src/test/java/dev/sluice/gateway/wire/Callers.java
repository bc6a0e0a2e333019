package dev.sluice.gateway.wire;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.auth.Principal;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may call in tests: {@link Engine#KEY} every model, {@link Engine#OTHER_TEAMS_KEY} as well,
 * {@link Engine#LIMITED_KEY} those that begin with {@code gpt-}. Keys
 * that begin with {@link #STRANGE} have to be looked up, which the test does itself. Thread: the test's.
 */
public final class Callers implements Authenticator {
    public static final String STRANGE = "sk-slc-strange-";

    private final Map<String, Principal> known = new HashMap<>();
    private final Deque<Consumer<AuthResult>> open = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private long generation;

    Callers() {
        known.put(Engine.KEY, new Principal("key_all", "all", "team_a", List.of()));
        known.put(Engine.OTHER_TEAMS_KEY, new Principal("key_b", "b", "team_b", List.of()));
        known.put(Engine.LIMITED_KEY, new Principal("key_gpt", "gpt", null, List.of("gpt-*")));
    }

    @Override
    public AuthResult authenticate(@Nullable String key, InetAddress from) {
        if (key == null) {
            return AuthResult.Refused.MISSING;
        }
        Principal found = known.get(key);
        if (found != null) {
            return found;
        }
        return key.startsWith(STRANGE) ? AuthResult.Unresolved.INSTANCE : AuthResult.Refused.INVALID;
    }

    @Override
    public void resolve(String credential, InetAddress from, Consumer<AuthResult> answer) {
        asked.add(credential);
        open.add(answer);
    }

    @Override
    public long generation() {
        return generation;
    }

    /** From now on memory knows {@code key}. */
    public void know(String key, Principal principal) {
        known.put(key, principal);
    }

    /** From now on memory does not know {@code key}, and what is remembered of it does not count. */
    public void forget(String key) {
        known.remove(key);
        generation++;
    }

    /** What was looked up so far. */
    public List<String> asked() {
        return asked;
    }

    /** How many look-ups have not been answered. */
    public int open() {
        return open.size();
    }

    /** Answers the oldest look-up. */
    public void answer(AuthResult result) {
        Objects.requireNonNull(open.poll(), "nothing is being looked up").accept(result);
    }
}
