package dev.sluice.gateway.observe;

import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;

/** What is counted for each endpoint, whatever the model. Thread: any. */
final class EndpointSeries {
    final String endpoint;
    final Counter.Child requestBytes;
    final Counter.Child responseBytes;
    final Histogram.Child overhead;

    EndpointSeries(MeterFamilies families, String endpoint) {
        this.endpoint = endpoint;
        requestBytes = families.requestBytes.labels(endpoint);
        responseBytes = families.responseBytes.labels(endpoint);
        overhead = families.overhead.labels(endpoint);
    }
}
