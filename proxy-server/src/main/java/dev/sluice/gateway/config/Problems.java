package dev.sluice.gateway.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong while a configuration is read, so that the operator sees everything at once. */
final class Problems {
    private static final String NO_EFFECT = "has no effect in this version";

    private final List<Problem> errors = new ArrayList<>();
    private final List<Problem> notices = new ArrayList<>();

    void error(Place place, String message) {
        errors.add(new Problem(place.line(), place.column(), place.path(), message));
    }

    void notice(Place place, String message) {
        notices.add(new Problem(place.line(), place.column(), place.path(), message));
    }

    /** Tells the operator that what is written here is understood but not acted on. */
    void noEffect(Place place) {
        notice(place, NO_EFFECT);
    }

    /** The same, with {@code what} as the first words. */
    void noEffect(Place place, String what) {
        notice(place, what + " " + NO_EFFECT);
    }

    List<Problem> errors() {
        return errors.stream().sorted(Problem.IN_ORDER).toList();
    }

    List<Problem> notices() {
        return notices.stream().sorted(Problem.IN_ORDER).toList();
    }
}
