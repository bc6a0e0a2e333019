package dev.sluice.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the tables of the last runs between the marks of the documentation, {@code <!-- bench:small -->} and {@code <!--
 * /bench -->}. What stands around them is written by hand and stays. Thread: one.
 */
public final class Report {
    private static final Pattern SECTION =
            Pattern.compile("(<!-- bench:([a-z-]+) -->\n)(.*?)(<!-- /bench -->)", Pattern.DOTALL);

    private Report() {}

    /** Arguments: the folder of results and the page. */
    public static void main(String[] args) throws IOException {
        Path results = Path.of(args[0]);
        Path page = Path.of(args[1]);
        Matcher section = SECTION.matcher(Files.readString(page));
        StringBuilder text = new StringBuilder();
        while (section.find()) {
            Path result = results.resolve(section.group(2) + ".md");
            boolean measured = Files.exists(result);
            String content = measured ? "\n" + Files.readString(result).strip() + "\n\n" : section.group(3);
            System.out.println(section.group(2) + (measured ? ": written" : ": not measured, left as it was"));
            section.appendReplacement(text, Matcher.quoteReplacement(section.group(1) + content + section.group(4)));
        }
        section.appendTail(text);
        Files.writeString(page, text);
    }
}
