package dev.sluice.gateway.observe;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which model names get series of their own, so that no caller can grow the registry.
 *
 * <p>A name is admitted only after a target was found for it, and not on the word of an answer that may mean "no such
 * model": with a wildcard route callers choose names freely, and 500 invented ones would otherwise take all the places.
 * Everything else is counted under {@code other}, and requests that never got as far as a target under {@code unknown}.
 * Thread: any.
 */
final class ModelLabels {
    static final int MAX_MODELS = 500;
    static final int MAX_NAME_LENGTH = 128;
    static final String UNKNOWN = "unknown";

    private final MeterFamilies families;
    private final ConcurrentHashMap<String, ModelSeries> byModel = new ConcurrentHashMap<>();
    private final ModelSeries unknown;
    private final ModelSeries other;
    private int admitted;
    private volatile boolean full;

    ModelLabels(MeterFamilies families) {
        this.families = families;
        unknown = new ModelSeries(families, UNKNOWN);
        other = new ModelSeries(families, ModelSeries.OTHER);
        byModel.put(UNKNOWN, unknown);
        byModel.put(ModelSeries.OTHER, other);
    }

    ModelSeries unknown() {
        return unknown;
    }

    /** @param httpStatus the last provider's status, which decides whether a new name is believed */
    ModelSeries of(@Nullable String model, int httpStatus) {
        if (model == null) {
            return unknown;
        }
        ModelSeries series = byModel.get(model);
        if (series != null) {
            return series;
        }
        boolean disowned = httpStatus == 400 || httpStatus == 404;
        return full || disowned || model.length() > MAX_NAME_LENGTH ? other : admit(model);
    }

    Collection<ModelSeries> all() {
        return byModel.values();
    }

    private synchronized ModelSeries admit(String model) {
        ModelSeries series = byModel.get(model);
        if (series != null) {
            return series;
        }
        if (full) {
            return other;
        }
        series = new ModelSeries(families, model);
        byModel.put(model, series);
        admitted++;
        full = admitted == MAX_MODELS;
        return series;
    }
}
