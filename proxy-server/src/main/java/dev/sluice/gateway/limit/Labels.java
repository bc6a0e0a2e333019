package dev.sluice.gateway.limit;

import org.jspecify.annotations.Nullable;

/** Finds by its label what an operator has written or a table holds; null when nothing is called that. Thread: any. */
public final class Labels {
    private static final String TAG = "tag:";

    private Labels() {}

    public static @Nullable Measure measure(String label) {
        for (Measure measure : Measure.values()) {
            if (measure.label().equals(label)) {
                return measure;
            }
        }
        return null;
    }

    public static Window.@Nullable Period period(String label) {
        for (Window.Period period : Window.Period.values()) {
            if (period.label().equals(label)) {
                return period;
            }
        }
        return null;
    }

    public static @Nullable Dimension dimension(String label) {
        if (label.startsWith(TAG) && label.length() > TAG.length()) {
            return new Dimension(Dimension.Kind.TAG, label.substring(TAG.length()));
        }
        for (Dimension.Kind kind : Dimension.Kind.values()) {
            if (kind != Dimension.Kind.TAG && kind.label().equals(label)) {
                return Dimension.of(kind);
            }
        }
        return null;
    }

    /** The other way round. */
    public static String of(Dimension dimension) {
        return dimension.tag() == null ? dimension.kind().label() : TAG + dimension.tag();
    }
}
