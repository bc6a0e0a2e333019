package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.TokenGate;
import java.util.function.Consumer;

/** Where nobody can log in: every token is refused. Thread: any. */
public enum NoLogins implements TokenGate {
    INSTANCE;

    @Override
    public AuthResult authenticate(String token) {
        return AuthResult.Refused.INVALID;
    }

    @Override
    public void resolve(String token, Consumer<AuthResult> answer) {
        answer.accept(AuthResult.Refused.INVALID);
    }
}
