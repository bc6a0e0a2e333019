package dev.sluice.gateway.limit;

import dev.sluice.gateway.auth.Principal;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules in force, so arranged that a call looks only at those that may be for it: a rule for certain keys is found by
 * the key, one for certain users by the user, and so on; thousands of budgets, each for one key, cost nobody anything.
 * Immutable, but for the {@linkplain ActiveRule terms} of rules that stay; thread: any.
 */
final class RuleBook {
    static final RuleBook EMPTY = new RuleBook(List.of(), 1, Map.of(), Map.of(), 0);

    private static final Entry[] NONE = {};

    private final List<Entry> entries;
    private final int nodes;
    private final int nextNumber;
    private final Map<String, ActiveRule> byId;

    /** Shared by all books, so that counters that stay have the calendar they were made with. */
    private final Map<Zoned, CalendarWindows> calendars;

    private final Map<String, Entry[]> byKey;
    private final Map<String, Entry[]> byUser;
    private final Map<String, Entry[]> byEndUser;
    private final Map<String, Entry[]> byTeam;
    private final Map<String, Entry[]> byTier;
    private final Entry[] general;

    /** A rule, and where it stands among the others. */
    record Entry(int position, ActiveRule rule, CallMatcher matcher) {}

    /** A kind of calendar. */
    private record Zoned(Window.Period period, ZoneId zone) {}

    private RuleBook(
            List<Entry> entries,
            int nodes,
            Map<String, ActiveRule> byId,
            Map<Zoned, CalendarWindows> calendars,
            int nextNumber) {
        this.entries = List.copyOf(entries);
        this.nodes = nodes;
        this.nextNumber = nextNumber;
        this.byId = Map.copyOf(byId);
        this.calendars = Map.copyOf(calendars);
        Map<String, List<Entry>> keys = new HashMap<>();
        Map<String, List<Entry>> users = new HashMap<>();
        Map<String, List<Entry>> endUsers = new HashMap<>();
        Map<String, List<Entry>> teams = new HashMap<>();
        Map<String, List<Entry>> tiers = new HashMap<>();
        List<Entry> others = new ArrayList<>();
        for (Entry entry : entries) {
            CallFilter filter = entry.rule().rule().appliesTo();
            if (!file(entry, filter.keys(), keys)
                    && !file(entry, filter.users(), users)
                    && !file(entry, filter.endUsers(), endUsers)
                    && !file(entry, filter.teams(), teams)
                    && !file(entry, filter.tiers(), tiers)) {
                others.add(entry);
            }
        }
        byKey = arrays(keys);
        byUser = arrays(users);
        byEndUser = arrays(endUsers);
        byTeam = arrays(teams);
        byTier = arrays(tiers);
        general = others.toArray(Entry[]::new);
    }

    /**
     * The book of {@code rules}, which goes on with the counters of this one.
     *
     * @throws IllegalArgumentException when two have the same id
     */
    RuleBook with(LimitRules rules) {
        Map<Zoned, CalendarWindows> known = new HashMap<>(calendars);
        Map<String, ActiveRule> active = new HashMap<>();
        List<Entry> next = new ArrayList<>();
        int number = nextNumber;
        for (LimitRule rule : rules.rules()) {
            ActiveRule before = byId.get(rule.id());
            ActiveRule now;
            if (before != null && before.fits(rule)) {
                now = before;
            } else {
                Zoned zoned = calendarOf(rule);
                CalendarWindows calendar =
                        known.computeIfAbsent(zoned, it -> new CalendarWindows(it.period(), it.zone()));
                now = new ActiveRule(number++, rule, calendar);
            }
            if (active.put(rule.id(), now) != null) {
                throw new IllegalArgumentException("two rules have the id " + rule.id());
            }
            next.add(new Entry(next.size(), now, new CallMatcher(rule.appliesTo())));
        }
        for (int i = 0; i < next.size(); i++) {
            next.get(i).rule().become(rules.rules().get(i));
        }
        return new RuleBook(next, rules.nodes(), active, known, number);
    }

    int nodes() {
        return nodes;
    }

    List<Entry> entries() {
        return entries;
    }

    /** The rule of that id, or null. */
    @Nullable
    ActiveRule find(String id) {
        return byId.get(id);
    }

    boolean has(ActiveRule rule) {
        ActiveRule of = byId.get(rule.rule().id());
        return of != null && of.number() == rule.number();
    }

    /** Those that {@code call} is under, in their order. */
    void collect(LimitCall call, Matches matches) {
        matches.clear();
        if (entries.isEmpty()) {
            return;
        }
        Principal caller = call.principal();
        add(byKey, caller.keyId(), call, matches);
        add(byKey, caller.name(), call, matches);
        add(byUser, caller.userId(), call, matches);
        add(byEndUser, call.endUser(), call, matches);
        add(byTeam, caller.tenant(), call, matches);
        add(byTier, caller.tier(), call, matches);
        add(general, call, matches);
    }

    private static void add(Map<String, Entry[]> index, @Nullable String name, LimitCall call, Matches matches) {
        if (name != null && !index.isEmpty()) {
            add(index.getOrDefault(name, NONE), call, matches);
        }
    }

    private static void add(Entry[] candidates, LimitCall call, Matches matches) {
        for (Entry candidate : candidates) {
            if (candidate.matcher().matches(call)) {
                matches.insert(candidate);
            }
        }
    }

    private static boolean file(Entry entry, List<String> names, Map<String, List<Entry>> index) {
        for (String name : names) {
            List<Entry> here = index.computeIfAbsent(name, unused -> new ArrayList<>());
            if (here.isEmpty() || here.getLast().position() != entry.position()) {
                here.add(entry);
            }
        }
        return !names.isEmpty();
    }

    private static Map<String, Entry[]> arrays(Map<String, List<Entry>> lists) {
        Map<String, Entry[]> arrays = new HashMap<>();
        lists.forEach((name, list) -> arrays.put(name, list.toArray(Entry[]::new)));
        return Map.copyOf(arrays);
    }

    /** Calls at once are counted in a window that never ends. */
    private static Zoned calendarOf(LimitRule rule) {
        return rule.measure() == Measure.CONCURRENT
                ? new Zoned(Window.Period.TOTAL, Window.NONE.zone())
                : new Zoned(rule.window().period(), rule.window().zone());
    }
}
