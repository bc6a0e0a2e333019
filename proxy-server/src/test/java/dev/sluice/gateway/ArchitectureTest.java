package dev.sluice.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the house together: which room may enter which, and what is not allowed where. The picture that belongs to the
 * table is in {@code docs/ARCHITECTURE.md}; both change together.
 *
 * <p>Each rule is a value that is checked against the product, which must be clean, and against a fixture under
 * {@code dev.sluice.fixture}, in which each rule is broken once, so that no rule can go blind unnoticed.
 */
final class ArchitectureTest {
    private static final String PRODUCT = "dev.sluice";
    private static final String FIXTURE = "dev.sluice.fixture";

    private static final List<String> CODEC = List.of(
            "codec",
            "codec.anthropic",
            "codec.bedrock",
            "codec.chat",
            "codec.dialect",
            "codec.gemini",
            "codec.json",
            "codec.ollama",
            "codec.openai",
            "codec.raw",
            "codec.relay",
            "codec.responses",
            "codec.sse",
            "codec.tokens",
            "codec.usage");
    private static final List<String> GATEWAY_BUT_CLI = List.of(
            "gateway.account",
            "gateway.admin",
            "gateway.auth",
            "gateway.config",
            "gateway.demo",
            "gateway.edge",
            "gateway.exchange",
            "gateway.http1",
            "gateway.journal",
            "gateway.limit",
            "gateway.observe",
            "gateway.price",
            "gateway.redis",
            "gateway.route",
            "gateway.store",
            "gateway.upstream",
            "gateway.usage");

    /** A wire format knows the contracts and the vocabulary, and no other wire format. */
    private static final List<String> WIRE_FORMAT =
            List.of("codec.dialect", "codec.chat", "codec.sse", "codec.json", "codec.usage");

    /** Room -> the rooms it may enter. A room that is not listed does not exist, one without doors enters none. */
    private static final Map<String, List<String>> DOORS = new TreeMap<>(Map.ofEntries(
            entry("codec.json", List.of()),
            entry("codec.sse", List.of()),
            entry("codec.chat", List.of("codec.json")),
            entry("codec.tokens", List.of()),
            entry("codec.usage", List.of("codec.chat", "codec.json")),
            entry("codec.dialect", List.of("codec.chat", "codec.json")),
            entry("codec.relay", List.of("codec.dialect", "codec.chat", "codec.sse", "codec.json", "codec.tokens")),
            entry("codec.raw", WIRE_FORMAT),
            entry("codec.openai", WIRE_FORMAT),
            entry("codec.responses", WIRE_FORMAT),
            entry("codec.anthropic", WIRE_FORMAT),
            entry("codec.gemini", WIRE_FORMAT),
            entry("codec.bedrock", WIRE_FORMAT),
            entry("codec.ollama", WIRE_FORMAT),
            entry(
                    "codec",
                    List.of(
                            "codec.dialect",
                            "codec.openai",
                            "codec.responses",
                            "codec.anthropic",
                            "codec.gemini",
                            "codec.bedrock",
                            "codec.ollama")),
            entry("gateway.config", List.of()),
            entry("gateway.demo", List.of("gateway.config")),
            entry("gateway.auth", List.of("gateway.config")),
            entry("gateway.route", List.of("gateway.config", "codec.dialect")),
            entry("gateway.upstream", List.of("gateway.config", "gateway.http1", "gateway.route", "codec.json")),
            entry(
                    "gateway.exchange",
                    List.of(
                            "gateway.config",
                            "gateway.http1",
                            "gateway.auth",
                            "gateway.limit",
                            "gateway.price",
                            "gateway.route",
                            "gateway.upstream",
                            "codec.dialect",
                            "codec.raw",
                            "codec.relay",
                            "codec.chat",
                            "codec.tokens")),
            entry("gateway.limit", List.of("gateway.config", "gateway.auth", "gateway.price")),
            entry("gateway.redis", List.of("gateway.config", "gateway.limit")),
            entry("gateway.http1", List.of()),
            entry("gateway.journal", List.of()),
            entry("gateway.price", List.of("gateway.config", "codec.chat")),
            entry(
                    "gateway.edge",
                    List.of(
                            "gateway.config",
                            "gateway.http1",
                            "gateway.exchange",
                            "codec.dialect",
                            "codec.chat",
                            "codec.json",
                            "codec.sse")),
            entry(
                    "gateway.usage",
                    List.of("gateway.config", "gateway.exchange", "gateway.journal", "gateway.price", "codec.chat")),
            entry("gateway.observe", List.of("gateway.config", "gateway.exchange", "gateway.limit", "codec.chat")),
            entry("gateway.store", List.of("gateway.config", "gateway.auth", "gateway.limit")),
            entry("gateway.account", List.of("gateway.config", "gateway.auth", "gateway.exchange", "gateway.store")),
            entry(
                    "gateway.admin",
                    List.of(
                            "gateway.config",
                            "gateway.account",
                            "gateway.auth",
                            "gateway.exchange",
                            "gateway.limit",
                            "gateway.store",
                            "gateway.route",
                            "gateway.usage",
                            "gateway.price",
                            "gateway.observe")),
            entry("gateway", union(CODEC, GATEWAY_BUT_CLI)),
            entry(
                    "gateway.cli",
                    List.of(
                            "gateway",
                            "gateway.config",
                            "gateway.auth",
                            "gateway.journal",
                            "gateway.price",
                            "gateway.usage"))));

    /** Rooms in which bytes of a stream pass: every call there is paid for each request or each chunk. */
    private static final List<String> HOT = List.of(
            "codec.anthropic",
            "codec.bedrock",
            "codec.chat",
            "codec.gemini",
            "codec.json",
            "codec.ollama",
            "codec.openai",
            "codec.relay",
            "codec.responses",
            "codec.sse",
            "codec.tokens",
            "codec.usage",
            "gateway.http1",
            "gateway.edge",
            "gateway.exchange",
            "gateway.limit",
            "gateway.upstream");

    private static final JavaClasses PRODUCT_CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.sluice.codec", "dev.sluice.gateway");
    private static final JavaClasses FIXTURE_CLASSES = new ClassFileImporter().importPackages(FIXTURE);

    @Test
    void bothModulesAreUnderTheRules() {
        assertThat(PRODUCT_CLASSES.contain("dev.sluice.codec.relay.Relay")).isTrue();
        assertThat(PRODUCT_CLASSES.contain("dev.sluice.gateway.exchange.ExchangeSummary"))
                .isTrue();
        assertThat(PRODUCT_CLASSES.contain(ArchitectureTest.class.getName())).isFalse();
    }

    @Test
    void roomsEnterOnlyTheRoomsTheyHaveADoorTo() {
        assertThat(wallsWalkedThrough(PRODUCT_CLASSES, PRODUCT)).isEmpty();
        assertThat(wallsWalkedThrough(FIXTURE_CLASSES, FIXTURE))
                .anyMatch(line -> line.startsWith("gateway.config may not enter gateway.edge"))
                .noneMatch(line -> line.startsWith("gateway.edge may not enter gateway.config"))
                .anyMatch(line -> line.startsWith("gateway.attic is no room of the table"));
    }

    @Test
    void theTableOfDoorsHasNoCycle() {
        for (String room : DOORS.keySet()) {
            Set<String> reached = new HashSet<>();
            Deque<String> next = new ArrayDeque<>(doorsOf(room));
            while (!next.isEmpty()) {
                String entered = next.pop();
                if (reached.add(entered)) {
                    next.addAll(doorsOf(entered));
                }
            }
            assertThat(reached).as("rooms within reach of %s", room).doesNotContain(room);
        }
    }

    @Test
    void packagesAreFreeOfCycles() {
        expect(slices().assignedFrom(new EachPackage()).should().beFreeOfCycles(), "Cycle detected");
    }

    @Test
    void noClassIsNamedAfterNothing() {
        expect(
                noClasses()
                        .should()
                        .haveSimpleNameEndingWith("Util")
                        .orShould()
                        .haveSimpleNameEndingWith("Utils")
                        .orShould()
                        .haveSimpleNameEndingWith("Helper")
                        .orShould()
                        .haveSimpleNameEndingWith("Manager")
                        .orShould()
                        .haveSimpleNameEndingWith("Impl"),
                "AtticHelper");
    }

    @Test
    void theCodecKnowsNoJackson() {
        expect(
                noClasses()
                        .that(resideInAnyPackage("..codec", "..codec.."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("com.fasterxml.jackson..", "tools.jackson.."),
                "JsonFactory");
    }

    @Test
    void theCodecKnowsNoSocketsThreadsOrClocks() {
        expect(
                noClasses()
                        .that(resideInAnyPackage("..codec", "..codec.."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.netty.channel..",
                                "io.netty.handler..",
                                "java.net..",
                                "java.nio.channels..",
                                "java.nio.file..",
                                "java.time..",
                                "java.util.concurrent..",
                                "org.slf4j..")
                        .orShould()
                        .dependOnClassesThat()
                        .areAssignableTo(Thread.class)
                        .orShould()
                        .callMethod(System.class, "nanoTime"),
                "java.net.Socket");
    }

    @Test
    void hotRoomsUseNothingThatAllocatesOrLocksBehindTheScenes() {
        ArchRule rule = noClasses()
                .that(resideInAnyPackage(HOT.stream().map(room -> ".." + room).toArray(String[]::new)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.stream..", "java.util.regex..", "java.util.concurrent.locks..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(CompletableFuture.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Optional.class)
                .orShould()
                .callMethod(String.class, "format", String.class, Object[].class)
                .orShould()
                .callMethod(String.class, "format", Locale.class, String.class, Object[].class)
                .orShould()
                .callMethod(String.class, "formatted", Object[].class);
        expect(rule, "java.util.stream", "java.util.regex", "ReentrantLock", "CompletableFuture", "Optional", "format");
    }

    @Test
    void onlyTheCommandLinePrintsAndNobodySleepsOrReadsTheWallClockByHand() {
        ArchRule rule = noClasses()
                .that(not(resideInAnyPackage("..gateway.cli")))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", Duration.class);
        expect(rule, "System.out", "System.err", "currentTimeMillis", "sleep");
    }

    /** {@code rule} holds in the product, and finds in the fixture what was put there: lines that name the words. */
    private static void expect(ArchRule rule, String... wordsInFixture) {
        assertThat(rule.allowEmptyShould(true)
                        .evaluate(PRODUCT_CLASSES)
                        .getFailureReport()
                        .getDetails())
                .isEmpty();
        List<String> found = rule.evaluate(FIXTURE_CLASSES).getFailureReport().getDetails();
        for (String word : wordsInFixture) {
            assertThat(found).anyMatch(line -> line.contains(word));
        }
    }

    private static List<String> wallsWalkedThrough(JavaClasses classes, String base) {
        List<String> lines = new ArrayList<>();
        for (JavaClass from : classes) {
            String room = room(from, base);
            if (!DOORS.containsKey(room)) {
                lines.add(room + " is no room of the table: " + from.getName());
                continue;
            }
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                JavaClass to = dependency.getTargetClass().getBaseComponentType();
                if (to.getPackageName().startsWith(base + ".")) {
                    String entered = room(to, base);
                    if (!entered.equals(room) && !doorsOf(room).contains(entered)) {
                        lines.add(room + " may not enter " + entered + ": " + dependency.getDescription());
                    }
                }
            }
        }
        return lines;
    }

    private static String room(JavaClass javaClass, String base) {
        return javaClass.getPackageName().substring(base.length() + 1);
    }

    private static List<String> doorsOf(String room) {
        return DOORS.getOrDefault(room, List.of());
    }

    private static List<String> union(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    /** Each package is a slice of its own. */
    private static final class EachPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
            return "each package";
        }
    }
}
