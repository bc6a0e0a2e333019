package dev.sluice.gateway.price;

import dev.sluice.gateway.price.Window.Hours;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads when a window of the day holds. Thread: any. */
record WindowReader(PriceDocument document) {
    private static final Pattern HOURS = Pattern.compile("([01]\\d|2[0-4]):([0-5]\\d)-([01]\\d|2[0-4]):([0-5]\\d)");
    private static final List<String> WEEKDAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final int MINUTES_PER_DAY = 24 * 60;

    Window window(String what, Node node, Map<String, Node> members, Tariffs tariffs) {
        List<Hours> hours = new ArrayList<>();
        for (Node item : document.items(members.get("hours"))) {
            hours.add(hours(what, item));
        }
        int weekdays = 0;
        for (Node item : document.items(members.get("weekdays"))) {
            weekdays |= 1 << weekday(what, item);
        }
        if (hours.isEmpty() && weekdays == 0) {
            throw document.error(node, what + " has neither 'hours' nor 'weekdays'");
        }
        return new Window(hours, weekdays == 0 ? Window.EVERY_DAY : weekdays, zone(what, members.get("zone")), tariffs);
    }

    private Hours hours(String what, Node node) {
        String text = document.text(node, what + " hours");
        Matcher matcher = HOURS.matcher(text);
        if (matcher.matches()) {
            int from = Integer.parseInt(matcher.group(1)) * 60 + Integer.parseInt(matcher.group(2));
            int to = Integer.parseInt(matcher.group(3)) * 60 + Integer.parseInt(matcher.group(4));
            if (from < MINUTES_PER_DAY && to <= MINUTES_PER_DAY && from != to) {
                return new Hours(from, to);
            }
        }
        throw document.error(node, what + ": hours is '" + text + "'; allowed: UTC, such as 22:00-02:30");
    }

    private int weekday(String what, Node node) {
        String text = document.text(node, what + " weekdays");
        int day = WEEKDAYS.indexOf(text);
        if (day < 0) {
            throw document.error(node, what + ": weekdays has '" + text + "'; allowed: " + String.join(", ", WEEKDAYS));
        }
        return day;
    }

    private @Nullable ZoneRules zone(String what, @Nullable Node node) {
        if (node == null) {
            return null;
        }
        String text = document.text(node, what + " zone");
        try {
            return ZoneId.of(text).getRules();
        } catch (DateTimeException e) {
            throw document.error(
                    node, what + ": zone is '" + text + "'; allowed: a time zone's name such as Asia/Shanghai");
        }
    }
}
