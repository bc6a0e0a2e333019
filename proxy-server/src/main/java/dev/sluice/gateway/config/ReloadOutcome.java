package dev.sluice.gateway.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of reading the configuration again. Thread: any. */
public sealed interface ReloadOutcome {

    /**
     * It is in force.
     *
     * @param changes what is different now; empty when nothing is
     * @param notices what the operator wrote and this version does not act on
     */
    record Applied(List<ConfigChange> changes, List<Problem> notices) implements ReloadOutcome {
        public Applied {
            changes = List.copyOf(changes);
            notices = List.copyOf(notices);
        }
    }

    /**
     * It cannot be used, and nothing has changed.
     *
     * @param origin what was read: a file, or the environment
     * @param problems at least one
     */
    record Invalid(String origin, List<Problem> problems) implements ReloadOutcome {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }

    /**
     * It can be used, but not by a gateway that is running; nothing has changed.
     *
     * @param settings that cannot change at run time, by their paths; at least one
     */
    record NeedsRestart(List<String> settings) implements ReloadOutcome {
        public NeedsRestart {
            settings = List.copyOf(settings);
        }
    }

    /** Why it is not in force, in one line; null when it is. */
    default @Nullable String refusal() {
        return switch (this) {
            case Applied applied -> null;
            case Invalid invalid ->
                invalid.problems().get(0).text(invalid.origin())
                        + (invalid.problems().size() == 1
                                ? ""
                                : " (and " + (invalid.problems().size() - 1) + " more)");
            case NeedsRestart restart ->
                String.join(", ", restart.settings()) + " cannot change while the gateway runs; restart it";
        };
    }
}
