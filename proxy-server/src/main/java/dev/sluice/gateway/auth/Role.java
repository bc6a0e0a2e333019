package dev.sluice.gateway.auth;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What somebody is in a team. Which route each of them may ask for is in {@link AccessTable}, and nowhere else.
 * Thread: any.
 */
public enum Role {
    /** Everything, in every team: who runs the gateway. The admin token is one. */
    OWNER,
    /** Everything within the own team. */
    ADMIN,
    /** Sees everything of the own team, changes nothing and calls no model. */
    AUDITOR,
    /** A person: calls models, sees the own account, the own keys and the own usage. */
    MEMBER,
    /** A program: calls models. Every gateway key is one. */
    SERVICE;

    /** As requests, answers, tokens and the database write them. */
    public static final List<String> LABELS =
            Stream.of(values()).map(Role::label).toList();

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it may do more than {@code other}: they are listed from the highest on. */
    public boolean isAbove(Role other) {
        return compareTo(other) < 0;
    }

    /** The role called {@code label}, or null. */
    public static @Nullable Role of(String label) {
        for (Role role : values()) {
            if (role.label().equals(label)) {
                return role;
            }
        }
        return null;
    }
}
