package dev.sluice.gateway.auth;

import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everybody that one configuration lets in: a gateway key is looked for among the keys without a database, then among those
 * of the database; a token goes to the {@link TokenGate}. Which of the two is accepted at all, {@code auth.mode} says.
 *
 * <p>Thread: any.
 */
public final class CredentialAuthenticator implements Authenticator {
    private final @Nullable ApiKeys configured;
    private final KeyResolver keys;
    private final Revocations revocations;
    private final @Nullable TokenGate tokens;

    /**
     * @param configured null: gateway keys are not accepted, wherever they are kept
     * @param tokens null: tokens are not accepted
     */
    CredentialAuthenticator(
            @Nullable ApiKeys configured, KeyResolver keys, Revocations revocations, @Nullable TokenGate tokens) {
        this.configured = configured;
        this.keys = keys;
        this.revocations = revocations;
        this.tokens = tokens;
    }

    /**
     * The authenticator that {@code config} asks for. Makes the first key when gateway keys are accepted and there is none
     * without a database.
     *
     * @param keys outlives this configuration
     * @param revocations outlive this configuration
     * @param tokens who answers for tokens under this configuration
     * @throws IOException when the data directory cannot be used
     */
    public static Authenticator open(
            GatewayConfig config, KeyResolver keys, Revocations revocations, @Nullable TokenGate tokens)
            throws IOException {
        GatewayConfig.Auth auth = config.auth();
        if (auth.accepts(GatewayConfig.Auth.Mode.NONE)) {
            return ApiKeys.anonymous();
        }
        ApiKeys configured = auth.accepts(GatewayConfig.Auth.Mode.KEYS) ? ApiKeys.open(config, keys.peppers()) : null;
        return new CredentialAuthenticator(
                configured, keys, revocations, auth.accepts(GatewayConfig.Auth.Mode.JWT) ? tokens : null);
    }

    @Override
    public AuthResult authenticate(@Nullable String credential, InetAddress from) {
        if (credential == null || credential.isEmpty()) {
            return AuthResult.Refused.MISSING;
        }
        if (credential.startsWith(ApiKey.PREFIX)) {
            return configured == null ? AuthResult.Refused.INVALID : authenticateKey(configured, credential, from);
        }
        return tokens != null && looksLikeToken(credential)
                ? tokens.authenticate(credential)
                : AuthResult.Refused.INVALID;
    }

    private AuthResult authenticateKey(ApiKeys first, String key, InetAddress from) {
        Pepper.Workspace now = keys.peppers().hash(key);
        if (now == null) {
            return AuthResult.Refused.INVALID;
        }
        Pepper.Workspace before = keys.peppers().before();
        AuthResult known = first.find(now, before);
        return known != null ? known : keys.find(now, before, from);
    }

    @Override
    public void resolve(String credential, InetAddress from, Consumer<AuthResult> answer) {
        AuthResult known = authenticate(credential, from);
        if (known != AuthResult.Unresolved.INSTANCE) {
            answer.accept(known);
        } else if (tokens != null && !credential.startsWith(ApiKey.PREFIX)) {
            tokens.resolve(credential, answer);
        } else {
            keys.resolve(credential, from, answer);
        }
    }

    @Override
    public long generation() {
        return keys.directory().generation() + revocations.changes() + (tokens == null ? 0 : tokens.generation());
    }

    /** Header, claims and signature; whether there is anything in them is not looked at here. */
    private static boolean looksLikeToken(String credential) {
        int first = credential.indexOf('.');
        int second = first < 0 ? -1 : credential.indexOf('.', first + 1);
        return second >= 0 && credential.indexOf('.', second + 1) < 0;
    }
}
