package dev.sluice.gateway.observe;

import dev.sluice.gateway.exchange.AttemptStatus;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * All series of one model label, found once and kept.
 *
 * <p>A model has a handful of them (endpoint × provider × outcome), so a scan of a small immutable array beats a map:
 * no key object, no varargs, no hash. The arrays are replaced whole, under the monitor, when an outcome is seen for the
 * first time; that happens a bounded number of times in the life of the process. Thread: any.
 */
final class ModelSeries {
    /** Outcomes of one model that get series of their own; a provider inventing statuses cannot make more. */
    static final int MAX_OUTCOMES = 128;

    static final int MAX_PROVIDERS = 64;
    static final String OTHER = "other";

    private final MeterFamilies families;
    private final String model;
    private volatile Outcome[] outcomes = {};
    private volatile Served[] served = {};

    ModelSeries(MeterFamilies families, String model) {
        this.families = families;
        this.model = model;
    }

    String model() {
        return model;
    }

    /** The series of how a request ended; the last one, shared, when there are too many. */
    Outcome outcome(String endpoint, String provider, AttemptStatus status, int httpStatus) {
        Outcome[] known = outcomes;
        for (Outcome outcome : known) {
            if (outcome.is(endpoint, provider, status, httpStatus)) {
                return outcome;
            }
        }
        return addOutcome(endpoint, provider, status, httpStatus);
    }

    /** The series of what one provider served for this model. */
    Served served(String provider) {
        Served[] known = served;
        for (Served one : known) {
            if (one.provider.equals(provider)) {
                return one;
            }
        }
        return addServed(provider);
    }

    /** A snapshot for the scrape. */
    Served[] served() {
        return served.clone();
    }

    private synchronized Outcome addOutcome(String endpoint, String provider, AttemptStatus status, int httpStatus) {
        Outcome[] known = outcomes;
        for (Outcome outcome : known) {
            if (outcome.is(endpoint, provider, status, httpStatus)) {
                return outcome;
            }
        }
        if (known.length > MAX_OUTCOMES) {
            return known[MAX_OUTCOMES];
        }
        Outcome added = known.length < MAX_OUTCOMES
                ? Outcome.of(families, model, endpoint, provider, status, httpStatus)
                : Outcome.overflow(families, model);
        Outcome[] longer = Arrays.copyOf(known, known.length + 1);
        longer[known.length] = added;
        outcomes = longer;
        return added;
    }

    private synchronized Served addServed(String provider) {
        Served[] known = served;
        for (Served one : known) {
            if (one.provider.equals(provider)) {
                return one;
            }
        }
        if (known.length > MAX_PROVIDERS) {
            return known[MAX_PROVIDERS];
        }
        Served added = new Served(families, model, known.length < MAX_PROVIDERS ? provider : OTHER);
        Served[] longer = Arrays.copyOf(known, known.length + 1);
        longer[known.length] = added;
        served = longer;
        return added;
    }

    /** How requests for a model ended: one label set of the request counter, with the histogram beside it. */
    static final class Outcome {
        private final String endpoint;
        private final String provider;
        private final @Nullable AttemptStatus status;
        private final int httpStatus;
        final Counter.Child requests;
        final Histogram.Child duration;

        private Outcome(
                String endpoint,
                String provider,
                @Nullable AttemptStatus status,
                int httpStatus,
                Counter.Child requests,
                Histogram.Child duration) {
            this.endpoint = endpoint;
            this.provider = provider;
            this.status = status;
            this.httpStatus = httpStatus;
            this.requests = requests;
            this.duration = duration;
        }

        private static Outcome of(
                MeterFamilies families,
                String model,
                String endpoint,
                String provider,
                AttemptStatus status,
                int httpStatus) {
            Counter.Child requests =
                    families.requests.labels(endpoint, model, provider, status.label(), Integer.toString(httpStatus));
            return new Outcome(
                    endpoint,
                    provider,
                    status,
                    httpStatus,
                    requests,
                    families.duration.labels(endpoint, model, provider));
        }

        /** The one that is shared by all outcomes beyond the bound; without a status it matches no key. */
        private static Outcome overflow(MeterFamilies families, String model) {
            Counter.Child requests = families.requests.labels(OTHER, model, OTHER, OTHER, OTHER);
            return new Outcome(OTHER, OTHER, null, 0, requests, families.duration.labels(OTHER, model, OTHER));
        }

        private boolean is(String otherEndpoint, String otherProvider, AttemptStatus otherStatus, int otherHttpStatus) {
            return httpStatus == otherHttpStatus
                    && status == otherStatus
                    && endpoint.equals(otherEndpoint)
                    && provider.equals(otherProvider);
        }
    }

    /** The provider's figures and the gateway's for the same attempts: their ratio is the drift. */
    record Compared(Counter.Child reported, Counter.Child counted) {
        private static Compared of(MeterFamilies families, String model, String provider, String direction) {
            return new Compared(
                    families.compared.labels(model, provider, direction, "provider"),
                    families.compared.labels(model, provider, direction, "gateway"));
        }
    }

    /** What a provider served for a model. */
    static final class Served {
        final String provider;
        final Histogram.Child firstToken;
        final Counter.Child inputTokens;
        final Counter.Child cachedTokens;
        final Counter.Child outputTokens;
        final Counter.Child reasoningTokens;

        final Compared comparedInput;
        final Compared comparedOutput;

        /** Money stays whole nano-dollars until it is shown. */
        final LongAdder costNanoUsd = new LongAdder();

        private final EnumMap<AttemptStatus, Counter.Child> attempts = new EnumMap<>(AttemptStatus.class);

        private Served(MeterFamilies families, String model, String provider) {
            this.provider = provider;
            firstToken = families.firstToken.labels(model, provider);
            inputTokens = families.tokens.labels(model, provider, "input");
            cachedTokens = families.tokens.labels(model, provider, "cached");
            outputTokens = families.tokens.labels(model, provider, "output");
            reasoningTokens = families.tokens.labels(model, provider, "reasoning");
            comparedInput = Compared.of(families, model, provider, "input");
            comparedOutput = Compared.of(families, model, provider, "output");
            for (AttemptStatus status : AttemptStatus.values()) {
                attempts.put(status, families.attempts.labels(model, provider, status.label()));
            }
        }

        Counter.Child attempts(AttemptStatus status) {
            return Objects.requireNonNull(attempts.get(status));
        }
    }
}
