package dev.sluice.gateway.store;

import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Labels;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A budget as texts under names, which is how a file has it, and in part how the table does. Thread: any. */
final class BudgetText {
    private static final String ALL = "all";

    private BudgetText() {}

    static Map<String, String> write(Budget budget) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("id", budget.id());
        texts.put("name", budget.name());
        put(texts, "team", budget.team());
        Dimension subject = budget.subject();
        texts.put("subject", subject == null ? ALL : Labels.of(subject));
        put(texts, "value", budget.value());
        texts.put("measure", budget.measure().label());
        texts.put("amount", Long.toString(budget.limit()));
        texts.put("period", budget.period().label());
        texts.put("calendar", Boolean.toString(budget.calendar()));
        ZoneId zone = budget.zone();
        put(texts, "time_zone", zone == null ? null : zone.getId());
        texts.put("strict", Boolean.toString(budget.strict()));
        StringBuilder warn = new StringBuilder();
        for (int percent : budget.warnPercent()) {
            warn.append(warn.isEmpty() ? "" : " ").append(percent);
        }
        texts.put("warn", warn.toString());
        return texts;
    }

    private static void put(Map<String, String> texts, String name, @Nullable String text) {
        if (text != null) {
            texts.put(name, text);
        }
    }

    /** @throws IllegalArgumentException when it is not as {@link #write} leaves it */
    static Budget read(Map<String, String> texts) {
        String subject = needed(texts, "subject");
        Dimension dimension = subject.equals(ALL) ? null : Labels.dimension(subject);
        Measure measure = Labels.measure(needed(texts, "measure"));
        Window.Period period = Labels.period(needed(texts, "period"));
        if ((dimension == null && !subject.equals(ALL)) || measure == null || period == null) {
            throw new IllegalArgumentException("its subject, measure or period is not known here");
        }
        return new Budget(
                needed(texts, "id"),
                needed(texts, "name"),
                texts.get("team"),
                dimension,
                texts.get("value"),
                measure,
                Long.parseLong(needed(texts, "amount")),
                period,
                Boolean.parseBoolean(texts.get("calendar")),
                zone(texts.get("time_zone")),
                Boolean.parseBoolean(texts.get("strict")),
                percents(needed(texts, "warn")));
    }

    private static String needed(Map<String, String> texts, String name) {
        String text = texts.get(name);
        if (text == null) {
            throw new IllegalArgumentException("its " + name + " is missing");
        }
        return text;
    }

    private static @Nullable ZoneId zone(@Nullable String id) {
        try {
            return id == null ? null : ZoneId.of(id);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("its time zone is not known here", e);
        }
    }

    private static List<Integer> percents(String text) {
        List<Integer> percents = new ArrayList<>();
        for (String percent : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
            percents.add(Integer.parseInt(percent));
        }
        return percents;
    }
}
