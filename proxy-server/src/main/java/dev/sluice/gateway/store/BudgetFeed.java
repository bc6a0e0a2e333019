package dev.sluice.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.auth.PrivateFile;
import dev.sluice.gateway.limit.Budget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the budgets as the database has them: they are few, and each look of the {@link KeyFeed} reads them all. They are kept
 * in a file besides, for a start without the database, which would let everybody spend what they like.
 *
 * <p>Thread: that of the feed; {@link #budgets} any.
 */
public final class BudgetFeed implements KeyFeed.Part {
    private static final Logger LOG = LoggerFactory.getLogger(BudgetFeed.class);
    private static final String FILE = "budgets";
    private static final String HEADER = "sluice budgets 1";
    private static final int LARGEST_FILE_BYTES = 64 << 20;

    private final Path file;
    private volatile List<Budget> budgets = List.of();
    private volatile Runnable onChange = () -> {};
    private Set<String> unreadableBefore = Set.of();

    private BudgetFeed(Path file) {
        this.file = file;
    }

    /** Knows what the file in {@code dataDir} says, until the database is there. */
    public static BudgetFeed open(Path dataDir) {
        BudgetFeed feed = new BudgetFeed(dataDir.resolve(FILE));
        if (Files.exists(feed.file)) {
            try {
                feed.budgets = read(feed.file);
            } catch (IOException | IllegalArgumentException | SQLException e) {
                LOG.atWarn()
                        .addKeyValue("file", feed.file)
                        .addKeyValue("why", e.getMessage())
                        .log("budgets cannot be read from the disk; they come from the database");
            }
        }
        return feed;
    }

    /** Those in force. */
    public List<Budget> budgets() {
        return budgets;
    }

    /** From now on {@code action} is run after each change, on the thread that brought it; it must not block. */
    public void onChange(Runnable action) {
        onChange = action;
    }

    @Override
    public void read(Connection connection) throws SQLException {
        Set<String> unreadable = new TreeSet<>();
        List<Budget> found = new BudgetStore(connection).enabled(unreadable);
        if (!unreadable.equals(unreadableBefore)) {
            unreadableBefore = unreadable;
            LOG.atError().addKeyValue("budgets", unreadable).log("budgets that are not understood here have no effect");
        }
        if (found.equals(budgets)) {
            return;
        }
        budgets = List.copyOf(found);
        keep(found);
        LOG.atInfo().addKeyValue("budgets", found.size()).log("budgets have changed");
        onChange.run();
    }

    @Override
    public void write(Connection connection) {}

    private static List<Budget> read(Path file) throws IOException, SQLException {
        List<String> lines = new String(PrivateFile.read(file, LARGEST_FILE_BYTES), UTF_8)
                .lines()
                .toList();
        if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
            throw new IOException("it does not begin with '" + HEADER + "'");
        }
        List<Budget> budgets = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            budgets.add(BudgetText.read(JsonText.read(line)));
        }
        return List.copyOf(budgets);
    }

    private void keep(List<Budget> found) {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (Budget budget : found) {
            text.append(JsonText.of(BudgetText.write(budget))).append('\n');
        }
        try {
            PrivateFile.replace(file, text.toString().getBytes(UTF_8));
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("why", e.getMessage())
                    .log("budgets are not on the disk; a start without the database would not have them");
        }
    }
}
