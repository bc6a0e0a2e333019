package dev.sluice.gateway.admin;

import static dev.sluice.gateway.admin.Shape.Member.optional;
import static dev.sluice.gateway.admin.Shape.Member.required;

import dev.sluice.gateway.account.EmailAddress;
import dev.sluice.gateway.account.Passwords;
import dev.sluice.gateway.admin.Shape.MemberType;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.store.UserRow.Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a body says about a user who is to be made or changed. */
final class UserWish {
    private static final List<Shape.Member> OF_BOTH = List.of(
            optional("name", MemberType.TEXT, "what to call them"),
            optional("password", MemberType.TEXT, "to log in with; is not kept, and not shown again"),
            optional("team", MemberType.TEXT, "their tenant; the caller's own when absent"),
            optional(
                    "role",
                    MemberType.TEXT,
                    "one of " + String.join(", ", Role.LABELS) + ", none above the caller's own; member when absent"),
            optional("tier", MemberType.TEXT, "one of `auth.tiers`; `auth.users.tier` when absent"),
            optional("enabled", MemberType.FLAG, "false: cannot log in, and their keys are switched off with them"));

    static final Shape.Body NEW = new Shape.Body(
            "NewUser",
            Shape.with(required("email", MemberType.TEXT, "to log in with; nobody else may have it"), OF_BOTH),
            "{\"email\":\"ada@example.org\",\"name\":\"Ada\",\"team\":\"shop\",\"role\":\"member\",\"tier\":\"free\"}");

    static final Shape.Body CHANGE = new Shape.Body(
            "UserChange",
            Shape.with(optional("email", MemberType.TEXT, "to log in with; nobody else may have it"), OF_BOTH),
            "{\"role\":\"auditor\",\"enabled\":true}");

    private UserWish() {}

    /** @param is what is not in the body */
    static Settings settings(Body body, Settings is) throws InvalidParameterException {
        String email = body.text("email");
        String name = body.text("name");
        String team = body.text("team");
        String role = body.text("role");
        String tier = body.text("tier");
        return new Settings(
                email == null ? is.email() : email(email),
                name == null ? is.name() : name,
                team == null ? is.teamId() : team,
                role == null ? is.role() : role(role),
                tier == null ? is.tier() : tier,
                body.flag("enabled", is.enabled()));
    }

    /** @return null when the body has none */
    static @Nullable String password(Body body) throws InvalidParameterException {
        String password = body.text("password");
        String problem = password == null ? null : Passwords.problem(password);
        if (problem != null) {
            throw new InvalidParameterException("password", "`password` " + problem);
        }
        return password;
    }

    static Role role(String label) throws InvalidParameterException {
        Role role = Role.of(label);
        if (role == null) {
            throw new InvalidParameterException(
                    "role", "`role` is `" + Echo.of(label) + "`; allowed: " + String.join(", ", Role.LABELS));
        }
        return role;
    }

    private static String email(String text) throws InvalidParameterException {
        EmailAddress email = EmailAddress.of(text);
        if (email == null) {
            throw new InvalidParameterException(
                    "email", "`email` is `" + Echo.of(text) + "`; allowed: " + EmailAddress.ALLOWED);
        }
        return email.text();
    }
}
