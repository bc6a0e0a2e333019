package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.IpRanges;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.store.KeySettings;
import dev.sluice.gateway.store.TeamRow;
import dev.sluice.gateway.store.UserRow;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a key may be. What refers to something is looked up in the transaction of the change. Thread: any. */
final class KeyRules {
    private static final int MOST_PATTERNS = 1_000;
    private static final int LONGEST_PATTERN = 256;
    private static final int MOST_RANGES = 100;
    private static final int MOST_METADATA = 16_384;
    // As many tags, and as long, as callers may send along themselves.
    private static final int MOST_TAGS = 16;
    private static final int LONGEST_TAG = 64;
    private static final int LONGEST_TAG_VALUE = 256;

    private final Supplier<List<String>> tiers;

    /** @param tiers that the configuration in force knows */
    KeyRules(Supplier<List<String>> tiers) {
        this.tiers = tiers;
    }

    void check(Change change, Reach reach, KeySettings key) throws InvalidParameterException, SQLException {
        Names.check("name", key.name());
        checkPatterns("models", key.models());
        checkPatterns("endpoints", key.endpoints());
        checkEndpoints(key.endpoints());
        checkTags(key.tags());
        Names.checkTier(key.tier(), tiers.get());
        checkRanges(key.ipRanges());
        checkTimes(key);
        if (key.metadata().length() > MOST_METADATA) {
            throw new InvalidParameterException(
                    "metadata", "`metadata` has " + key.metadata().length() + " characters; allowed: " + MOST_METADATA);
        }
        checkTeam(change, reach, key.teamId());
        checkOwner(change, key);
    }

    /** A team that the caller does not reach does not exist for it. */
    static void checkTeam(Change change, Reach reach, String team) throws InvalidParameterException, SQLException {
        TeamRow row = reach.covers(team, null) ? change.teams().find(team) : null;
        if (row == null) {
            throw new InvalidParameterException(
                    "team", "`team` is `" + Echo.of(team) + "`; allowed: the id of a team that there is");
        }
    }

    private static void checkOwner(Change change, KeySettings key) throws InvalidParameterException, SQLException {
        String owner = key.ownerId();
        if (owner == null) {
            return;
        }
        UserRow user = change.users().find(owner);
        if (user == null || !user.settings().teamId().equals(key.teamId())) {
            throw new InvalidParameterException(
                    "owner", "`owner` is `" + Echo.of(owner) + "`; allowed: the id of a user of the key's team");
        }
    }

    private static void checkPatterns(String name, List<String> patterns) throws InvalidParameterException {
        if (patterns.size() > MOST_PATTERNS) {
            throw new InvalidParameterException(
                    name, "`" + name + "` has " + patterns.size() + " entries; allowed: " + MOST_PATTERNS);
        }
        for (String pattern : patterns) {
            int star = pattern.indexOf('*');
            if (pattern.isBlank() || pattern.length() > LONGEST_PATTERN || (star >= 0 && star < pattern.length() - 1)) {
                throw new InvalidParameterException(
                        name,
                        "`" + name + "` has `" + Echo.of(pattern) + "`; allowed: a name, or `prefix*`, of up to "
                                + LONGEST_PATTERN + " characters");
            }
        }
    }

    private static void checkEndpoints(List<String> patterns) throws InvalidParameterException {
        for (String pattern : patterns) {
            boolean known = AccessTable.dataRows().stream()
                    .filter(row -> !row.access().open())
                    .anyMatch(row -> pattern.endsWith("*")
                            ? row.label().startsWith(pattern.substring(0, pattern.length() - 1))
                            : row.label().equals(pattern));
            if (!known) {
                throw new InvalidParameterException(
                        "endpoints",
                        "`endpoints` has `" + Echo.of(pattern) + "`; allowed: "
                                + String.join(
                                        ", ",
                                        AccessTable.dataRows().stream()
                                                .filter(row -> !row.access().open())
                                                .map(AccessTable.DataRow::label)
                                                .toList())
                                + ", or a beginning of one with `*`");
            }
        }
    }

    private static void checkTags(Map<String, String> tags) throws InvalidParameterException {
        if (tags.size() > MOST_TAGS) {
            throw new InvalidParameterException(
                    "tags", "`tags` has " + tags.size() + " members; allowed: " + MOST_TAGS);
        }
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (tag.getKey().isBlank()
                    || tag.getKey().length() > LONGEST_TAG
                    || tag.getValue().length() > LONGEST_TAG_VALUE) {
                throw new InvalidParameterException(
                        "tags",
                        "`tags` has `" + Echo.of(tag.getKey()) + "`; allowed: names of 1 to " + LONGEST_TAG
                                + " characters with values of up to " + LONGEST_TAG_VALUE);
            }
        }
    }

    private static void checkRanges(List<String> ranges) throws InvalidParameterException {
        if (ranges.size() > MOST_RANGES) {
            throw new InvalidParameterException(
                    "ip_ranges", "`ip_ranges` has " + ranges.size() + " entries; allowed: " + MOST_RANGES);
        }
        try {
            IpRanges.parse(ranges);
        } catch (IllegalArgumentException e) {
            throw new InvalidParameterException("ip_ranges", "`ip_ranges`: " + e.getMessage());
        }
    }

    private static void checkTimes(KeySettings key) throws InvalidParameterException {
        Instant begin = key.notBefore();
        Instant end = key.expiresAt();
        if (begin != null && end != null && !begin.isBefore(end)) {
            throw new InvalidParameterException(
                    "not_before", "`not_before` is " + begin + "; it must be before `expires_at`, " + end);
        }
    }
}
