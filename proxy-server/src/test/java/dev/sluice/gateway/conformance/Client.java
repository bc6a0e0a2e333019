package dev.sluice.gateway.conformance;

/** An official client library, pointed at the gateway. */
interface Client extends AutoCloseable {
    String SYSTEM = "Be brief.";
    String PROMPT = "Grüß Gott \uD83C\uDF0D";

    String name();

    /** Whether the library shows reasoning at all. */
    boolean showsReasoning();

    /**
     * Asks {@code model} for {@code scenario}, with everything in the request that belongs to it. A loop is gone through to
     * its end: the answer goes back as it came, followed by the tool's result.
     */
    Heard ask(String model, Scenario scenario, boolean stream);

    @Override
    void close();
}
