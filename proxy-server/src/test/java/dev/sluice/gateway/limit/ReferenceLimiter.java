package dev.sluice.gateway.limit;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the limiter is to do, said as plainly as it can be: every amount that was ever taken is an entry in a list, and what
 * is taken is the sum of those entries that count now. Slow, for one thread, and without a thought for memory.
 */
final class ReferenceLimiter {
    private static final long SECOND = 1_000_000_000L;

    private final List<LimitRule> rules;
    private final Map<String, Account> accounts = new HashMap<>();
    private final Map<String, Days> days = new HashMap<>();

    long nanos;
    long wall;

    ReferenceLimiter(List<LimitRule> rules) {
        this.rules = rules;
    }

    /** Something that was taken. */
    private static final class Entry {
        long amount;
        long tick;
        long window;
        boolean isOpen = true;
    }

    /** What one caller took under one rule. */
    private static final class Account {
        final List<Entry> entries = new ArrayList<>();
        long due;
        int open;

        /** The window of the calendar it was last asked in, and the one before. */
        long window;

        long windowStart;
        long startBefore;
        long takenBefore;
    }

    /** One calendar, and the window it is in. */
    private static final class Days {
        long number;
        long start = -1;
        long end = -1;
        long opened;
        long left;
    }

    /** What a call has of one rule. */
    private record Part(LimitRule rule, Account account, Entry entry) {}

    /** A call that was let in, or the rule that did not. */
    static final class Call {
        @Nullable
        String refusedBy;

        private final List<Part> parts = new ArrayList<>();
        private final LimitCall call;
        long covered = Long.MAX_VALUE;

        Call(LimitCall call) {
            this.call = call;
        }
    }

    Call admit(LimitCall call) {
        Call made = new Call(call);
        for (LimitRule rule : rules) {
            if (!isFor(rule.appliesTo(), call)) {
                continue;
            }
            Account account = accounts.computeIfAbsent(rule.id() + values(rule, call), id -> new Account());
            long expected = Math.max(1, call.expectedOutputTokens());
            long need = rule.measure().isKnownLate() ? Math.max(1, price(rule, call, call.inputTokens(), expected)) : 1;
            long slice = rule.measure().isKnownLate() ? price(rule, call, 0, 32) : 0;
            long extra = rule.measure().isKnownLate() ? slice + price(rule, call, call.inputTokens() / 20, 0) : 0;
            long limit = limit(rule, call);
            Entry entry = limit == 0 ? null : take(rule, account, need, extra, limit);
            look(rule, account);
            if (entry == null) {
                made.refusedBy = rule.id();
                for (int i = made.parts.size() - 1; i >= 0; i--) {
                    close(made.parts.get(i), 0, call);
                }
                return made;
            }
            made.parts.add(new Part(rule, account, entry));
            if (rule.measure().isKnownLate()) {
                cover(made, rule, entry.amount - need, slice, call.expectedOutputTokens());
            }
        }
        for (Part part : made.parts) {
            if (part.rule.measure() == Measure.REQUESTS) {
                close(part, 1, call);
            }
        }
        return made;
    }

    boolean extend(Call call, long input, long output) {
        call.covered = Long.MAX_VALUE;
        for (Part part : call.parts) {
            if (!part.rule.measure().isKnownLate()) {
                continue;
            }
            long need = price(part.rule, call.call, input, output);
            long slice = price(part.rule, call.call, 0, 32);
            long extra = slice + price(part.rule, call.call, input / 20, 0);
            long missing = Math.max(0, need - part.entry.amount);
            long wanted = need + extra - part.entry.amount;
            long limit = limit(part.rule, call.call);
            if (isRate(part.rule)) {
                if (wanted > 0) {
                    part.account.due = Math.max(part.account.due, nanos) + time(part.rule, wanted, limit);
                    part.entry.tick += time(part.rule, wanted, limit);
                    part.entry.amount += wanted;
                }
            } else {
                long left = limit - takenIn(part, part.entry.window) - missing;
                if (missing > 0 && left < 0) {
                    look(part.rule, part.account);
                    return false;
                }
                long open = openIn(part, part.entry.window);
                long more = Math.max(0, Math.min(wanted - missing, Math.max(0, left) / (4 * open)));
                part.entry.amount += missing + more;
            }
            look(part.rule, part.account);
            cover(call, part.rule, part.entry.amount - need, slice, output);
        }
        return true;
    }

    void settle(Call call, long input, long output, long cost) {
        for (Part part : call.parts) {
            if (part.entry.isOpen) {
                long actual = part.rule.measure() == Measure.COST
                        ? cost
                        : part.rule.measure() == Measure.CONCURRENT ? 0 : price(part.rule, call.call, input, output);
                close(part, actual, call.call);
                if (part.rule.measure().isKnownLate()) {
                    look(part.rule, part.account);
                }
            }
        }
    }

    /** What is taken for a caller under a rule now, or -1 when nobody has asked. */
    long taken(LimitRule rule, LimitCall call) {
        Account account = accounts.get(rule.id() + values(rule, call));
        return account == null ? -1 : taken(rule, account);
    }

    private static void cover(Call call, LimitRule rule, long ahead, long slice, long output) {
        long perMillion = rule.measure() == Measure.COST ? call.call.rates().output() : 1_000_000;
        if (rule.measure() != Measure.INPUT_TOKENS) {
            long tokens = Math.max(0, Math.min(ahead, slice)) * 1_000_000 / perMillion;
            call.covered = Math.min(call.covered, output + Math.max(1, tokens - tokens / 4));
        }
    }

    private @Nullable Entry take(LimitRule rule, Account account, long need, long extra, long limit) {
        Entry entry = new Entry();
        if (isRate(rule)) {
            long base = Math.max(account.due, nanos);
            long step = time(rule, 1, limit);
            long whole = rule.measure() == Measure.REQUESTS
                    ? (rule.burst() == 0 ? limit : Math.max(1, rule.burst() * limit / rule.limit())) * step
                    : rule.window().period().seconds() * SECOND;
            long left = whole - (base - nanos) - time(rule, need, limit);
            if (left < 0) {
                return null;
            }
            long units = (left >> 8) * limit / (rule.window().period().seconds() * SECOND >> 8);
            entry.amount = need + (extra == 0 ? 0 : Math.min(extra, units / (4L * (account.open + 1))));
            entry.tick = time(rule, entry.amount, limit);
            account.due = base + entry.tick;
        } else {
            long left = limit - taken(rule, account) - need;
            entry.window = account.window;
            if (left < 0) {
                return null;
            }
            entry.tick = isBucket(rule) ? 0 : tick(rule);
            long open = 1 + openIn(new Part(rule, account, entry), entry.window);
            entry.amount = need + Math.min(extra, left / (4 * open));
            account.entries.add(entry);
        }
        account.open++;
        return entry;
    }

    private void close(Part part, long actual, LimitCall call) {
        part.account.open--;
        if (isRate(part.rule)) {
            long limit = limit(part.rule, call);
            if (actual < part.entry.amount) {
                part.account.due += Math.min(0, time(part.rule, actual, limit) - part.entry.tick);
            } else if (actual > part.entry.amount) {
                part.account.due =
                        Math.max(part.account.due, nanos) + time(part.rule, actual - part.entry.amount, limit);
            }
        }
        part.entry.amount = actual;
        part.entry.isOpen = false;
    }

    private long taken(LimitRule rule, Account account) {
        look(rule, account);
        return takenIn(new Part(rule, account, new Entry()), account.window);
    }

    /** Brings an account to the window it is now. What was taken in a window that was none is taken in the next one. */
    private void look(LimitRule rule, Account account) {
        if (!isBucket(rule)) {
            account.entries.removeIf(entry -> !entry.isOpen && entry.tick <= tick(rule) - 65);
            return;
        }
        if (account.open == 0) {
            account.entries.removeIf(entry -> entry.amount == 0 || entry.window != account.window);
        }
        Days day = day(rule);
        if (day.number <= account.window) {
            return;
        }
        long taken = takenIn(new Part(rule, account, new Entry()), account.window);
        if (account.window > 0 && day.start <= account.windowStart) {
            Entry carried = new Entry();
            carried.amount = taken + (account.startBefore == day.start ? account.takenBefore : 0);
            carried.isOpen = false;
            carried.window = day.number;
            account.entries.add(carried);
            taken = 0;
        }
        account.startBefore = taken == 0 ? -1 : account.windowStart;
        account.takenBefore = taken;
        account.windowStart = day.start;
        account.window = day.number;
    }

    private long takenIn(Part part, long window) {
        long sum = 0;
        long last = isBucket(part.rule) ? 0 : tick(part.rule);
        for (Entry entry : part.account.entries) {
            boolean counts = isBucket(part.rule) ? entry.window == window : entry.isOpen || entry.tick > last - 65;
            sum += counts ? entry.amount : 0;
        }
        return sum;
    }

    private long openIn(Part part, long window) {
        long open = 0;
        for (Entry entry : part.account.entries) {
            open += entry.isOpen && entry.window == window ? 1 : 0;
        }
        return open;
    }

    private long tick(LimitRule rule) {
        return nanos / (rule.window().period().seconds() * SECOND / 64);
    }

    private static long time(LimitRule rule, long units, long limit) {
        return Math.ceilDiv(units * rule.window().period().seconds() * SECOND, limit);
    }

    /** The window of the calendar it is; one that has begun does not end before its time. */
    private Days day(LimitRule rule) {
        Window window = rule.window();
        Window.Period period = rule.measure() == Measure.CONCURRENT ? Window.Period.TOTAL : window.period();
        Days day = days.computeIfAbsent(period + " " + window.zone(), id -> new Days());
        boolean wasWrong = wall < day.start && nanos - day.opened >= day.left;
        if (wall >= day.end || wasWrong) {
            LocalDate date = LocalDate.ofInstant(Instant.ofEpochMilli(wall), window.zone());
            LocalDate first = date;
            LocalDate next = date;
            switch (period) {
                case DAY -> next = date.plusDays(1);
                case WEEK -> {
                    first = date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
                    next = first.plusDays(7);
                }
                case MONTH -> {
                    first = date.withDayOfMonth(1);
                    next = first.plusMonths(1);
                }
                default -> {}
            }
            long hour = wall - Math.floorMod(wall, 3_600_000L);
            day.number++;
            day.start =
                    period == Window.Period.TOTAL ? 0 : period == Window.Period.HOUR ? hour : midnight(first, window);
            day.end = period == Window.Period.TOTAL
                    ? Long.MAX_VALUE
                    : period == Window.Period.HOUR ? hour + 3_600_000 : midnight(next, window);
            day.opened = nanos;
            day.left = period == Window.Period.TOTAL ? Long.MAX_VALUE : (day.end - wall) * 1_000_000;
        }
        return day;
    }

    private static long midnight(LocalDate day, Window window) {
        return day.atStartOfDay(window.zone()).toInstant().toEpochMilli();
    }

    static boolean isBucket(LimitRule rule) {
        return rule.measure() == Measure.CONCURRENT
                || rule.window().calendar()
                || rule.window().period() == Window.Period.TOTAL;
    }

    static boolean isRate(LimitRule rule) {
        boolean isShort = rule.window().period().seconds() <= 60;
        return !isBucket(rule)
                && (rule.measure() == Measure.REQUESTS
                        ? rule.burst() > 0 || rule.window().period() == Window.Period.SECOND
                        : isShort && rule.measure() != Measure.COST);
    }

    private static long limit(LimitRule rule, LimitCall call) {
        long share = rule.limit() * Math.min(100, call.sharePercent()) / 100;
        return rule.limit() == 0 ? 0 : Math.max(1, share);
    }

    private static long price(LimitRule rule, LimitCall call, long input, long output) {
        return switch (rule.measure()) {
            case TOKENS -> input + output;
            case INPUT_TOKENS -> input;
            case OUTPUT_TOKENS -> output;
            case COST ->
                Math.ceilDiv(input * call.rates().input(), 1_000_000L)
                        + Math.ceilDiv(output * call.rates().output(), 1_000_000L);
            default -> 1;
        };
    }

    private static boolean isFor(CallFilter filter, LimitCall call) {
        return (filter.keys().isEmpty()
                        || filter.keys().contains(call.principal().keyId()))
                && (filter.models().isEmpty()
                        || filter.models().stream()
                                .anyMatch(model -> call.model().startsWith(model.replace("*", ""))));
    }

    private static String values(LimitRule rule, LimitCall call) {
        StringBuilder values = new StringBuilder();
        for (Dimension dimension : rule.per()) {
            values.append('|')
                    .append(
                            switch (dimension.kind()) {
                                case KEY -> call.principal().keyId();
                                case END_USER -> call.endUser();
                                case IP -> call.from().getHostAddress();
                                case MODEL -> call.model();
                                default -> throw new AssertionError(dimension);
                            });
        }
        return values.append('|').toString();
    }
}
