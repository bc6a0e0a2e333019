package dev.sluice.gateway.journal;

import java.io.IOException;
import java.nio.file.Path;

/** Somebody else writes in this directory; it is safe to try again later. */
public final class JournalLockedException extends IOException {
    private static final long serialVersionUID = 1;

    JournalLockedException(Path directory, String holder) {
        super("the journal in " + directory + " is held by " + holder + "; allowed: one gateway for each directory");
    }
}
