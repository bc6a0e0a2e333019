import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Adds up the XML reports of a test run: {@code java TestReport.java FOLDER...}. Names what failed and what was skipped
 * and why; the last line is {@code N passed, N failed, N skipped}. Exits with 1 when something failed.
 *
 * <p>Runs from source on any JDK that builds the project, so that counting needs no tool that a fresh machine lacks.
 */
final class TestReport {
    private int passed;
    private final List<String> failed = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();

    public static void main(String[] folders) throws IOException, ParserConfigurationException, SAXException {
        TestReport report = new TestReport();
        for (String folder : folders) {
            report.addFolder(Path.of(folder));
        }
        report.skipped.forEach(line -> System.out.println("SKIPPED " + line));
        report.failed.forEach(line -> System.out.println("FAILED  " + line));
        System.out.println(report.passed + " passed, " + report.failed.size() + " failed, " + report.skipped.size()
                + " skipped");
        System.exit(report.failed.isEmpty() ? 0 : 1);
    }

    private void addFolder(Path folder) throws IOException, ParserConfigurationException, SAXException {
        if (!Files.isDirectory(folder)) {
            return; // a module without tests, or one that was not part of the run
        }
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .sorted()
                    .toList();
        }
        DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        for (Path file : files) {
            NodeList cases = parser.parse(file.toFile()).getElementsByTagName("testcase");
            for (int i = 0; i < cases.getLength(); i++) {
                add((Element) cases.item(i));
            }
        }
    }

    private void add(Element test) {
        String name = test.getAttribute("classname") + "." + test.getAttribute("name");
        Element failure = child(test, "failure") != null ? child(test, "failure") : child(test, "error");
        Element skip = child(test, "skipped");
        if (failure != null) {
            failed.add(name + ": " + firstLine(failure));
        } else if (skip != null) {
            skipped.add(name + ": " + firstLine(skip));
        } else {
            passed++;
        }
    }

    private static Element child(Element parent, String tag) {
        return (Element) parent.getElementsByTagName(tag).item(0);
    }

    /** The message, or the first line of the text where there is none. */
    private static String firstLine(Element outcome) {
        String message = outcome.getAttribute("message").strip();
        String text = message.isEmpty() ? outcome.getTextContent().strip() : message;
        return text.isEmpty() ? "no reason given" : text.lines().findFirst().orElse(text);
    }
}
