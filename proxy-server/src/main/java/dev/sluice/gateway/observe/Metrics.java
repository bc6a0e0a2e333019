package dev.sluice.gateway.observe;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.exchange.Settlement;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.BufferPoolsExports;
import io.prometheus.client.hotspot.ClassLoadingExports;
import io.prometheus.client.hotspot.GarbageCollectorExports;
import io.prometheus.client.hotspot.MemoryPoolsExports;
import io.prometheus.client.hotspot.StandardExports;
import io.prometheus.client.hotspot.ThreadExports;
import io.prometheus.client.hotspot.VersionInfoExports;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Counts what happened, for Prometheus: the last stop of every exchange, and the page behind {@code GET /metrics}.
 *
 * <p>{@link #onExchange} finds its series by one map lookup and short scans and adds to them: no label array, no lock
 * and no garbage after the first request of a kind. Every label is bounded: models by {@link ModelLabels}, the rest by
 * configuration or by the caps here and in {@link ModelSeries}.
 *
 * <p>Thread: any; {@link #onExchange} on event loops, {@link #writeTo} on admin threads.
 */
public final class Metrics implements ExchangeListener {
    /** Of the content that {@link #writeTo} writes. */
    public static final String CONTENT_TYPE = TextFormat.CONTENT_TYPE_004;

    private static final int MAX_ENDPOINTS = 32;
    private static final int MAX_ERROR_CODES = 64;
    private static final String NO_PROVIDER = "none";
    private static final double SECONDS_PER_NANO = 1e-9;

    private final CollectorRegistry registry = new CollectorRegistry();
    private final MeterFamilies families = new MeterFamilies(registry);
    private final ModelLabels models = new ModelLabels(families);
    private final ConcurrentHashMap<String, EndpointSeries> endpoints = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Counter.Child> errors = new ConcurrentHashMap<>();
    private final Callbacks callbacks = new Callbacks();
    private final LongAdder budgetStops = new LongAdder();

    public Metrics() {
        registry.register(new CostCollector());
        registry.register(callbacks);
        counter(
                "sluice_budget_stops_total",
                "Answers that were stopped because a limit was used up.",
                budgetStops::sum);
        registerMachine();
    }

    /**
     * What there is to be told of the process, but for bytes allocated by memory pool: counting them makes the virtual
     * machine describe each of its collections to a listener, which cost a quarter of a microsecond of each request.
     */
    private void registerMachine() {
        new StandardExports().register(registry);
        new MemoryPoolsExports().register(registry);
        new BufferPoolsExports().register(registry);
        new GarbageCollectorExports().register(registry);
        new ThreadExports().register(registry);
        new ClassLoadingExports().register(registry);
        new VersionInfoExports().register(registry);
    }

    @Override
    public void onExchange(ExchangeSummary summary) {
        if (summary.status() == AttemptStatus.BUDGET_STOP) {
            budgetStops.increment();
        }
        List<AttemptSummary> attempts = summary.attempts();
        String provider = NO_PROVIDER;
        ModelSeries model = models.unknown();
        if (!attempts.isEmpty()) {
            AttemptSummary last = attempts.get(attempts.size() - 1);
            provider = last.provider();
            model = models.of(summary.requestedModel(), last.httpStatus());
            if (summary.ttftNanos() >= 0) {
                model.served(provider).firstToken.observe(summary.ttftNanos() * SECONDS_PER_NANO);
            }
        }
        EndpointSeries endpoint = endpoint(summary.endpoint());
        ModelSeries.Outcome outcome =
                model.outcome(endpoint.endpoint, provider, summary.status(), summary.httpStatus());
        outcome.requests.inc();
        outcome.duration.observe(summary.durationNanos() * SECONDS_PER_NANO);
        endpoint.requestBytes.inc((double) summary.requestBytes());
        endpoint.responseBytes.inc((double) summary.responseBytes());
        if (summary.overheadNanos() >= 0) {
            endpoint.overhead.observe(summary.overheadNanos() * SECONDS_PER_NANO);
        }
        String errorCode = summary.errorCode();
        if (errorCode != null) {
            error(errorCode).inc();
        }
        for (int i = 0; i < attempts.size(); i++) {
            onAttempt(model, attempts.get(i));
        }
    }

    private void onAttempt(ModelSeries model, AttemptSummary attempt) {
        ModelSeries.Served served = model.served(attempt.provider());
        served.attempts(attempt.status()).inc();
        Settlement settlement = attempt.settlement();
        Usage usage = settlement.usage();
        add(served.inputTokens, usage.inputTokens());
        add(served.cachedTokens, usage.cachedTokens());
        add(served.outputTokens, usage.outputTokens());
        add(served.reasoningTokens, usage.reasoningTokens());
        if (settlement.costNano() > 0) {
            served.costNanoUsd.add(settlement.costNano());
        }
        if (settlement.source() == Settlement.Source.PROVIDER) {
            compare(served.comparedInput, usage.inputTokens(), attempt.counted().inputTokens());
            compare(
                    served.comparedOutput,
                    usage.outputTokens(),
                    attempt.counted().outputTokens());
        }
    }

    /** What the provider reported beside what the gateway counted, over attempts of which both are known. */
    private static void compare(ModelSeries.Compared compared, long reported, long counted) {
        if (reported != Usage.UNKNOWN && counted != Usage.UNKNOWN) {
            compared.reported().inc((double) reported);
            compared.counted().inc((double) counted);
        }
    }

    private static void add(Counter.Child counter, long tokens) {
        if (tokens > 0) {
            counter.inc((double) tokens);
        }
    }

    private EndpointSeries endpoint(String label) {
        EndpointSeries series = endpoints.get(label);
        if (series != null) {
            return series;
        }
        String bounded = endpoints.size() < MAX_ENDPOINTS ? label : ModelSeries.OTHER;
        return endpoints.computeIfAbsent(bounded, name -> new EndpointSeries(families, name));
    }

    private Counter.Child error(String code) {
        Counter.Child counter = errors.get(code);
        if (counter != null) {
            return counter;
        }
        String bounded = errors.size() < MAX_ERROR_CODES ? code : ModelSeries.OTHER;
        return errors.computeIfAbsent(bounded, families.errors::labels);
    }

    /** Adds a figure that may go up and down, read at each scrape. {@code name} begins with {@code sluice_}. */
    public void gauge(String name, String help, DoubleSupplier value) {
        callbacks.add(Callbacks.Kind.GAUGE, name, help, List.of(new Callbacks.Figure(List.of(), value)));
    }

    /** Adds two figures of one kind that differ in the value of {@code label}, such as idle and active connections. */
    public void gauge(
            String name,
            String help,
            String label,
            String firstLabel,
            DoubleSupplier first,
            String secondLabel,
            DoubleSupplier second) {
        callbacks.add(
                Callbacks.Kind.GAUGE,
                name,
                help,
                List.of(
                        new Callbacks.Figure(List.of(label, firstLabel), first),
                        new Callbacks.Figure(List.of(label, secondLabel), second)));
    }

    /** Adds a figure that only grows, read at each scrape. {@code name} ends with {@code _total}. */
    public void counter(String name, String help, LongSupplier value) {
        callbacks.add(Callbacks.Kind.COUNTER, name, help, List.of(new Callbacks.Figure(List.of(), value::getAsLong)));
    }

    /** Adds two such figures of one kind that differ in the value of {@code label}. */
    public void counter(
            String name,
            String help,
            String label,
            String firstLabel,
            LongSupplier first,
            String secondLabel,
            LongSupplier second) {
        callbacks.add(
                Callbacks.Kind.COUNTER,
                name,
                help,
                List.of(
                        new Callbacks.Figure(List.of(label, firstLabel), first::getAsLong),
                        new Callbacks.Figure(List.of(label, secondLabel), second::getAsLong)));
    }

    /** Adds figures that only grow, by two labels whose values come with time; a bounded number of them. */
    public void counter(
            String name,
            String help,
            String outerLabel,
            String innerLabel,
            Supplier<Map<String, Map<String, Long>>> figures) {
        registry.register(new Collector() {
            @Override
            public List<MetricFamilySamples> collect() {
                CounterMetricFamily family = new CounterMetricFamily(name, help, List.of(outerLabel, innerLabel));
                figures.get()
                        .forEach((outer, all) -> all.forEach(
                                (inner, count) -> family.addMetric(List.of(outer, inner), count.doubleValue())));
                return List.of(family);
            }
        });
    }

    /** Adds any number of such figures of one kind: one for each value of {@code label}. */
    public void counter(String name, String help, String label, Map<String, LongSupplier> figures) {
        List<Callbacks.Figure> all = new ArrayList<>();
        figures.forEach((value, figure) -> all.add(new Callbacks.Figure(List.of(label, value), figure::getAsLong)));
        callbacks.add(Callbacks.Kind.COUNTER, name, help, all);
    }

    /** Writes everything in Prometheus' text format 0.0.4. */
    public void writeTo(Writer writer) throws IOException {
        // The client library adds a `_created` line to each counter and histogram; it would double the page.
        TextFormat.write004(writer, registry.filteredMetricFamilySamples(name -> !name.endsWith("_created")));
    }

    /** Shows the whole nano-dollars of {@link ModelSeries} as dollars; the only place where money meets a double. */
    private final class CostCollector extends Collector {
        @Override
        public List<MetricFamilySamples> collect() {
            CounterMetricFamily family = new CounterMetricFamily(
                    "sluice_cost_usd_total", "Cost of all priced attempts.", List.of("model", "provider"));
            for (ModelSeries model : models.all()) {
                for (ModelSeries.Served served : model.served()) {
                    family.addMetric(List.of(model.model(), served.provider), served.costNanoUsd.sum() / 1e9);
                }
            }
            return List.of(family);
        }
    }
}
