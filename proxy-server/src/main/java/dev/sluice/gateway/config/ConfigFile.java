package dev.sluice.gateway.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The text of a configuration file, bounded in size. Thread: any; reads files. */
final class ConfigFile {
    static final int LARGEST_BYTES = 1 << 20;

    private ConfigFile() {}

    /**
     * Empty after a problem.
     *
     * @param filesRead where it is noted what was in it, as {@link FileStates} has it
     */
    static String read(Path file, Problems problems, Map<Path, String> filesRead) {
        Place whole = Place.environment("");
        filesRead.put(file, FileStates.ABSENT);
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            String what = !Files.exists(file) ? "does not exist" : "cannot be read as a file";
            problems.error(whole, "configuration file " + file + " " + what);
            return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST_BYTES + 1);
            filesRead.put(file, FileStates.digest(bytes));
            if (bytes.length > LARGEST_BYTES) {
                filesRead.put(file, FileStates.digest(file));
                problems.error(whole, "configuration file " + file + " is larger than the allowed 1MiB");
                return "";
            }
            return decode(bytes, problems);
        } catch (IOException e) {
            problems.error(whole, "configuration file " + file + " cannot be read");
            return "";
        }
    }

    /** Strictly UTF-8, so that a name is never read as another one. */
    private static String decode(byte[] bytes, Problems problems) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
            problems.error(
                    new Place(line, text.length() - text.lastIndexOf('\n'), ""),
                    "a byte here is not UTF-8; allowed: UTF-8 text");
        }
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
