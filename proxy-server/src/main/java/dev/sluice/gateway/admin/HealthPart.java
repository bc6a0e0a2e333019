package dev.sluice.gateway.admin;

import java.util.function.Supplier;

/**
 * A part that can say how it is. Thread: any.
 *
 * @param name as shown, such as {@code database}
 * @param vital whether the gateway is down when this part is; only the data plane is, since a database or a provider
 *     that is away must not make an orchestrator kill a gateway that still serves
 * @param probe may block for a moment; given up after {@link HealthApi#PROBE_TIMEOUT}
 */
public record HealthPart(String name, boolean vital, Supplier<Health> probe) {

    /** A part without which the gateway is merely degraded. */
    public HealthPart(String name, Supplier<Health> probe) {
        this(name, false, probe);
    }

    /** The part without which nothing is served. */
    public static HealthPart vital(String name, Supplier<Health> probe) {
        return new HealthPart(name, true, probe);
    }
}
