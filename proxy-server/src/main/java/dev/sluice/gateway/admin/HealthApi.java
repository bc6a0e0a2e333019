package dev.sluice.gateway.admin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Says how every part is. All parts are asked at once, each on a virtual thread, so that one that hangs delays the page
 * by {@link #PROBE_TIMEOUT} and is shown as down. Thread: a virtual one for each request.
 */
public final class HealthApi implements AdminPart {
    static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

    private static final String EXAMPLE = "{\"status\":\"degraded\",\"parts\":{\"database\":{\"state\":\"down\","
            + "\"detail\":\"no answer within 2000 ms\"}}}";

    private final List<HealthPart> parts;
    private final Duration timeout;

    /** @param parts what {@code /health/detailed} shows, in this order */
    public HealthApi(List<HealthPart> parts) {
        this(parts, PROBE_TIMEOUT);
    }

    HealthApi(List<HealthPart> parts, Duration timeout) {
        this.parts = List.copyOf(parts);
        this.timeout = timeout;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /healthz",
                        RouteDocument.of("operation", "The process lives.")
                                .answers(200, new Shape.Sample("Alive", "{\"status\":\"ok\"}")),
                        request -> alive()),
                AdminRoute.of(
                        "GET /health/detailed",
                        RouteDocument.of(
                                        "operation",
                                        "How every part is; 503 only when one is down that nothing goes without.")
                                .answers(200, new Shape.Sample("Health", EXAMPLE)),
                        request -> detailed()));
    }

    /** Alive: whoever can read this is. */
    AdminResponse alive() {
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("status", "ok");
            json.writeEndObject();
        });
    }

    /** {@code {"status":"ok|degraded|down","parts":{name:{"state","detail"}}}}; 503 only when a vital part is down. */
    AdminResponse detailed() throws InterruptedException {
        List<Health> states = probe();
        boolean down = false;
        boolean degraded = false;
        for (int i = 0; i < states.size(); i++) {
            Health.State state = states.get(i).state();
            down |= parts.get(i).vital() && state == Health.State.DOWN;
            degraded |= state != Health.State.OK;
        }
        String overall = down ? "down" : degraded ? "degraded" : "ok";
        return AdminResponse.json(down ? 503 : 200, json -> {
            json.writeStartObject();
            json.writeStringField("status", overall);
            json.writeObjectFieldStart("parts");
            for (int i = 0; i < states.size(); i++) {
                json.writeObjectFieldStart(parts.get(i).name());
                json.writeStringField("state", states.get(i).state().label());
                json.writeStringField("detail", states.get(i).detail());
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private List<Health> probe() throws InterruptedException {
        List<Callable<Health>> probes = new ArrayList<>(parts.size());
        for (HealthPart part : parts) {
            probes.add(part.probe()::get);
        }
        // Not closed but shut down: closing would wait for the probe that hangs.
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Health> states = new ArrayList<>(parts.size());
            for (Future<Health> answer : executor.invokeAll(probes, timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                states.add(state(answer));
            }
            return states;
        } finally {
            executor.shutdownNow();
        }
    }

    private Health state(Future<Health> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (CancellationException e) {
            return Health.down("no answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            // The class only: messages of drivers may hold addresses and passwords.
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return Health.down("could not be asked: " + cause.getClass().getSimpleName());
        }
    }
}
