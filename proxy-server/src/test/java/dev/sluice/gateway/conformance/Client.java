package dev.sluice.gateway.conformance;

/** An official client library, pointed at the gateway. */
interface Client extends AutoCloseable {

    String name();

    /** Whether the library shows reasoning at all. */
    boolean showsReasoning();

    /** Asks {@code model} for {@code scenario}, with everything in the request that belongs to it. */
    Heard ask(String model, Scenario scenario, boolean stream);

    @Override
    void close();
}
