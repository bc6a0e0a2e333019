package dev.sluice.gateway.observe;

import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Window;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * A limit that has come near, as the webhook is told of it. Immutable; thread: any.
 *
 * @param subject the values of the rule's dimensions: ids and names, never a secret
 * @param resetMillis wall clock; 0: never
 * @param atMillis wall clock
 */
record LimitWarning(UUID id, LimitRule rule, String subject, int percent, long used, long resetMillis, long atMillis) {
    private static final int USUAL_BYTES = 512;

    private static final byte[] ID = JsonLine.ascii("id");
    private static final byte[] RULE = JsonLine.ascii("rule");
    private static final byte[] MEASURE = JsonLine.ascii("measure");
    private static final byte[] UNIT = JsonLine.ascii("unit");
    private static final byte[] PERIOD = JsonLine.ascii("period");
    private static final byte[] SUBJECT = JsonLine.ascii("subject");
    private static final byte[] PERCENT = JsonLine.ascii("percent");
    private static final byte[] USED = JsonLine.ascii("used");
    private static final byte[] LIMIT = JsonLine.ascii("limit");
    private static final byte[] RESETS_AT = JsonLine.ascii("resets_at");
    private static final byte[] SENT_AT = JsonLine.ascii("sent_at");

    /** One object, the same however often it is sent. */
    byte[] json() {
        JsonLine line = new JsonLine(USUAL_BYTES);
        line.begin();
        line.text(ID, id.toString());
        line.text(RULE, rule.name());
        line.text(MEASURE, rule.measure().label());
        line.text(UNIT, rule.measure().unit());
        line.text(PERIOD, period());
        line.text(SUBJECT, subject);
        line.number(PERCENT, percent);
        line.number(USED, used);
        line.number(LIMIT, rule.limit());
        if (resetMillis > 0) {
            line.time(RESETS_AT, resetMillis);
        }
        line.time(SENT_AT, atMillis);
        line.end();
        byte[] whole = Arrays.copyOf(line.bytes(), line.length());
        return new String(whole, StandardCharsets.UTF_8).stripTrailing().getBytes(StandardCharsets.UTF_8);
    }

    private String period() {
        return rule.window().equals(Window.NONE) ? "" : rule.window().period().label();
    }
}
