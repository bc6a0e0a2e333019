package dev.sluice.gateway.auth;

import com.nimbusds.jwt.SignedJWT;
import io.netty.util.concurrent.Ticker;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells who a token speaks for. What has been found out is remembered by the hash of the whole token, so that on an event
 * loop one hash and one look-up answer; what has not is found out on a thread that may wait, once for each token however
 * many ask, and for so many tokens at once and no more.
 *
 * <p>A remembered token is still asked three things each time: whether it has expired, whether it was taken back, and
 * whether the verifier that believed it still would. Refusals are remembered for a few seconds. One object lives as long as
 * the gateway; {@link #use} changes whose tokens it believes.
 *
 * <p>Thread: any.
 */
public final class TokenAuthenticator implements TokenGate {
    private static final Logger LOG = LoggerFactory.getLogger(TokenAuthenticator.class);

    static final int MAX_REMEMBERED = 10_000;
    static final int MAX_CHECKS = 256;
    static final int MAX_WAITING = 2_048;
    static final long REFUSAL_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Revocations revocations;
    private final InstantSource clock;
    private final Ticker ticker;
    private final Executor checks;
    private final TokenCache<Believed> believed = new TokenCache<>(MAX_REMEMBERED);
    private final TokenCache<Refusal> refusals = new TokenCache<>(MAX_REMEMBERED);
    private final ConcurrentHashMap<TokenHash, List<Consumer<AuthResult>>> open = new ConcurrentHashMap<>();
    private final Semaphore checkPermits = new Semaphore(MAX_CHECKS);
    private final Semaphore waitPermits = new Semaphore(MAX_WAITING);
    private final AtomicLong changes = new AtomicLong();
    private final LongAdder parses = new LongAdder();
    private volatile List<TokenVerifier> verifiers;

    /** @param generation the verifier's, when it was asked */
    private record Believed(VerifiedToken token, TokenVerifier by, long generation) {}

    private record Refusal(AuthResult.Refused why, long untilNanos) {}

    /** With virtual threads. */
    public TokenAuthenticator(List<TokenVerifier> verifiers, Revocations revocations, InstantSource clock) {
        this(
                verifiers,
                revocations,
                clock,
                Ticker.systemTicker(),
                check -> Thread.ofVirtual().name("sluice-token").start(check));
    }

    /** @param checks runs what may wait */
    TokenAuthenticator(
            List<TokenVerifier> verifiers,
            Revocations revocations,
            InstantSource clock,
            Ticker ticker,
            Executor checks) {
        this.verifiers = List.copyOf(verifiers);
        this.revocations = revocations;
        this.clock = clock;
        this.ticker = ticker;
        this.checks = checks;
    }

    /** Believes these from now on; what another one has believed has to be found out again. */
    public void use(List<? extends TokenVerifier> wanted) {
        verifiers = List.copyOf(wanted);
        refusals.clear();
        changes.incrementAndGet();
    }

    @Override
    public AuthResult authenticate(String token) {
        TokenHash probe = TokenHash.probe(token);
        return probe == null ? AuthResult.Refused.INVALID : remembered(probe);
    }

    private AuthResult remembered(TokenHash hash) {
        Believed known = believed.find(hash);
        if (known != null) {
            AuthResult result = judge(known);
            if (!(result instanceof AuthResult.Unresolved)) {
                return result;
            }
            believed.remove(hash);
        }
        Refusal refusal = refusals.find(hash);
        return refusal != null && refusal.untilNanos - ticker.nanoTime() > 0
                ? refusal.why
                : AuthResult.Unresolved.INSTANCE;
    }

    private AuthResult judge(Believed known) {
        if (!isInForce(known.by) || known.generation != known.by.generation()) {
            return AuthResult.Unresolved.INSTANCE;
        }
        Principal principal = known.token.principal();
        if (clock.millis() / 1_000 > principal.validUntil()) {
            return AuthResult.Refused.EXPIRED;
        }
        return known.token.isRevoked(revocations) ? AuthResult.Refused.INVALID : principal;
    }

    /** The very one: with changed settings an issuer has another verifier. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isInForce(TokenVerifier by) {
        List<TokenVerifier> now = verifiers;
        for (int i = 0; i < now.size(); i++) {
            if (now.get(i) == by) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void resolve(String token, Consumer<AuthResult> answer) {
        TokenHash probe = TokenHash.probe(token);
        AuthResult known = probe == null ? AuthResult.Refused.INVALID : remembered(probe);
        if (probe == null || !(known instanceof AuthResult.Unresolved)) {
            answer.accept(known);
            return;
        }
        if (!waitPermits.tryAcquire()) {
            answer.accept(AuthResult.Refused.UNAVAILABLE);
            return;
        }
        TokenHash hash = probe.copy();
        if (join(hash, answer)) {
            return;
        }
        if (!checkPermits.tryAcquire()) {
            tell(hash, AuthResult.Refused.UNAVAILABLE);
            return;
        }
        checks.execute(() -> {
            AuthResult result;
            try {
                result = find(hash, token);
            } finally {
                checkPermits.release();
            }
            tell(hash, result);
        });
    }

    /** Whether somebody is finding out already, and will tell this one too. */
    private boolean join(TokenHash hash, Consumer<AuthResult> answer) {
        List<Consumer<AuthResult>> own = new ArrayList<>(1);
        List<Consumer<AuthResult>> all = open.compute(hash, (same, waiting) -> {
            List<Consumer<AuthResult>> chosen = waiting == null ? own : waiting;
            chosen.add(answer);
            return chosen;
        });
        return isOther(all, own);
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isOther(Object one, Object two) {
        return one != two;
    }

    private void tell(TokenHash hash, AuthResult result) {
        // Once it is out of the map nobody joins any more.
        List<Consumer<AuthResult>> waiting = open.remove(hash);
        if (waiting != null) {
            waitPermits.release(waiting.size());
            waiting.forEach(answer -> answer.accept(result));
        }
    }

    /** Never throws: what nobody foresaw is no fault of the caller's. */
    private AuthResult find(TokenHash hash, String token) {
        try {
            AuthResult result = verify(hash, token);
            if (result instanceof AuthResult.Refused why && why != AuthResult.Refused.UNAVAILABLE) {
                refusals.put(hash, new Refusal(why, ticker.nanoTime() + REFUSAL_NANOS));
            }
            return result;
        } catch (RuntimeException | LinkageError e) {
            LOG.atError().setCause(e).log("a token could not be checked");
            return AuthResult.Refused.UNAVAILABLE;
        }
    }

    private AuthResult verify(TokenHash hash, String token) {
        parses.increment();
        TokenParser.Parsed parsed = TokenParser.parse(token);
        if (parsed == null) {
            return AuthResult.Refused.INVALID;
        }
        for (TokenVerifier verifier : verifiers) {
            if (verifier.knows(parsed.issuer())) {
                return verify(hash, parsed.token(), verifier);
            }
        }
        return AuthResult.Refused.INVALID;
    }

    private AuthResult verify(TokenHash hash, SignedJWT token, TokenVerifier verifier) {
        // Asked for before, so that a key that is taken back in between is noticed; then once more, for good.
        long generation = verifier.generation();
        TokenVerifier.Verdict verdict = verifier.verify(token);
        if (verdict.token() != null && generation != verifier.generation()) {
            generation = verifier.generation();
            verdict = verifier.verify(token);
        }
        if (verdict.token() == null) {
            return verdict.refusal() == null ? AuthResult.Refused.INVALID : verdict.refusal();
        }
        Believed known = new Believed(verdict.token(), verifier, generation);
        AuthResult result = judge(known);
        if (result instanceof AuthResult.Unresolved) {
            return AuthResult.Refused.UNAVAILABLE;
        }
        believed.put(hash, known);
        return result;
    }

    @Override
    public long generation() {
        // Other verifiers: another number, whatever theirs are.
        long sum = changes.get() << Integer.SIZE;
        List<TokenVerifier> now = verifiers;
        for (int i = 0; i < now.size(); i++) {
            sum += now.get(i).generation();
        }
        return sum;
    }

    /** How many tokens are remembered as good. */
    public int size() {
        return believed.size();
    }

    /** How many tokens have been taken apart so far: those that were not remembered. */
    public long parses() {
        return parses.sum();
    }
}
