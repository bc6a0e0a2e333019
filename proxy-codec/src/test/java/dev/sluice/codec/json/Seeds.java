package dev.sluice.codec.json;

/** Seeds of random tests: a new one for each run, or {@code -Dseed=} of a run that failed. Thread: any. */
public final class Seeds {
    private Seeds() {}

    /** The seed of this run; put it into every failure's description. */
    public static long ofThisRun() {
        Long given = Long.getLong("seed");
        return given == null ? System.nanoTime() : given;
    }
}
