package dev.sluice.gateway.observe;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;

/**
 * The families that requests are counted in: every name, label and bucket of the request metrics on one page.
 *
 * <p>Exemplars are off: they would put a lookup of the current trace into each observation. Thread: any.
 */
final class MeterFamilies {
    private static final double[] DURATION_SECONDS = {
        .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600
    };
    private static final double[] FIRST_TOKEN_SECONDS = {
        .01, .025, .05, .1, .2, .3, .5, .75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60
    };
    private static final double[] OVERHEAD_SECONDS = {
        .000_05, .000_1, .000_15, .000_2, .000_3, .000_5, .000_75, .001, .002, .003, .005, .01, .025, .05, .1, .5
    };

    final Counter requests;
    final Counter errors;
    final Counter attempts;
    final Counter tokens;
    final Counter compared;
    final Counter requestBytes;
    final Counter responseBytes;
    final Histogram duration;
    final Histogram firstToken;
    final Histogram overhead;

    MeterFamilies(CollectorRegistry registry) {
        requests = counter(
                registry,
                "sluice_requests_total",
                "Requests that ended, by outcome; code is the HTTP status the caller got, 0 for none.",
                "endpoint",
                "model",
                "provider",
                "status",
                "code");
        errors = counter(
                registry, "sluice_errors_total", "Errors answered by the gateway, by code of the catalogue.", "code");
        attempts = counter(
                registry,
                "sluice_attempts_total",
                "Tries at a provider, retries and fallbacks included.",
                "model",
                "provider",
                "status");
        tokens = counter(
                registry,
                "sluice_tokens_total",
                "Tokens that are billed; input includes cached, output includes reasoning.",
                "model",
                "provider",
                "direction");
        compared = counter(
                registry,
                "sluice_compared_tokens_total",
                "Tokens of attempts that the provider reported and the gateway counted, each by itself.",
                "model",
                "provider",
                "direction",
                "by");
        requestBytes = counter(registry, "sluice_request_bytes_total", "Bytes of request bodies received.", "endpoint");
        responseBytes = counter(registry, "sluice_response_bytes_total", "Bytes of response bodies sent.", "endpoint");
        duration = histogram(
                registry,
                "sluice_request_duration_seconds",
                "From a request's head to its end.",
                DURATION_SECONDS,
                "endpoint",
                "model",
                "provider");
        firstToken = histogram(
                registry,
                "sluice_time_to_first_token_seconds",
                "From the last byte of a request to the first generated output written to the caller.",
                FIRST_TOKEN_SECONDS,
                "model",
                "provider");
        overhead = histogram(
                registry,
                "sluice_overhead_seconds",
                "Time inside the gateway, from the last byte of a request to the write of the upstream request.",
                OVERHEAD_SECONDS,
                "endpoint");
    }

    private static Counter counter(CollectorRegistry registry, String name, String help, String... labels) {
        return Counter.build(name, help).labelNames(labels).withoutExemplars().register(registry);
    }

    private static Histogram histogram(
            CollectorRegistry registry, String name, String help, double[] buckets, String... labels) {
        return Histogram.build(name, help)
                .labelNames(labels)
                .buckets(buckets)
                .withoutExemplars()
                .register(registry);
    }
}
