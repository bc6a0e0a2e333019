package dev.sluice.gateway.observe;

import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Figures that other rooms hold and that are asked for at scrape time.
 *
 * <p>One that throws is left out and logged once for each change of state: a broken part must not take the scrape of all
 * others with it. Thread: admin.
 */
final class Callbacks extends Collector {
    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);

    private final List<Callback> callbacks = new CopyOnWriteArrayList<>();

    void add(Kind kind, String name, String help, List<Figure> figures) {
        callbacks.add(new Callback(kind, name, help, List.copyOf(figures), new AtomicBoolean()));
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples> families = new ArrayList<>(callbacks.size());
        for (Callback callback : callbacks) {
            try {
                families.add(callback.read());
                callback.failing.set(false);
            } catch (RuntimeException e) {
                if (callback.failing.compareAndSet(false, true)) {
                    LOG.atWarn()
                            .addKeyValue("metric", callback.name)
                            .setCause(e)
                            .log("a metric cannot be read and is left out");
                }
            }
        }
        return families;
    }

    enum Kind {
        GAUGE,
        COUNTER
    }

    /**
     * One line of a family.
     *
     * @param labels names and values in turn; empty for a family of one line
     */
    record Figure(List<String> labels, DoubleSupplier value) {
        Figure {
            labels = List.copyOf(labels);
        }

        List<String> names() {
            return every(0);
        }

        List<String> values() {
            return every(1);
        }

        private List<String> every(int first) {
            List<String> picked = new ArrayList<>(labels.size() / 2);
            for (int i = first; i < labels.size(); i += 2) {
                picked.add(labels.get(i));
            }
            return picked;
        }
    }

    private record Callback(Kind kind, String name, String help, List<Figure> figures, AtomicBoolean failing) {
        private MetricFamilySamples read() {
            List<String> labelNames = figures.get(0).names();
            return switch (kind) {
                case GAUGE -> {
                    GaugeMetricFamily family = new GaugeMetricFamily(name, help, labelNames);
                    figures.forEach(
                            one -> family.addMetric(one.values(), one.value().getAsDouble()));
                    yield family;
                }
                case COUNTER -> {
                    CounterMetricFamily family = new CounterMetricFamily(name, help, labelNames);
                    figures.forEach(
                            one -> family.addMetric(one.values(), one.value().getAsDouble()));
                    yield family;
                }
            };
        }
    }
}
