package dev.sluice.gateway.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code ${VAR}}, {@code ${VAR:-default}} and {@code ${file:/path}} inside a value; {@code $$} stands for one
 * dollar sign. What is put in is not looked at again, so a value from outside cannot reach for another one.
 *
 * <p>{@code ${db:NAME}} is not replaced here: it may be the whole value of a provider's key, and is then the name of one that
 * the database has.
 */
final class Interpolation {
    private static final int LARGEST_FILE_BYTES = 64 * 1024;
    private static final String FILE = "file:";
    private static final String DATABASE = "db:";
    private static final String DEFAULT = ":-";

    private final Map<String, String> environment;
    private final Path baseDir;
    private final Map<Path, String> filesRead;

    /**
     * @param baseDir where relative paths of {@code ${file:...}} begin
     * @param filesRead where it is noted which files were read and what was in them, as {@link FileStates} has it
     */
    Interpolation(Map<String, String> environment, Path baseDir, Map<Path, String> filesRead) {
        this.environment = environment;
        this.baseDir = baseDir;
        this.filesRead = filesRead;
    }

    /** Why a reference has no value; the message never holds a value from outside. */
    static final class UnresolvedException extends Exception {
        private static final long serialVersionUID = 1L;

        UnresolvedException(String message) {
            super(message);
        }
    }

    /**
     * The name in {@code ${db:NAME}}, when {@code raw} is nothing else; null when it is.
     *
     * @throws UnresolvedException when the database can have no key of this name
     */
    static @Nullable String storedName(String raw) throws UnresolvedException {
        String prefix = "${" + DATABASE;
        if (!raw.startsWith(prefix) || raw.indexOf('}') != raw.length() - 1) {
            return null;
        }
        String name = raw.substring(prefix.length(), raw.length() - 1);
        if (!PlainName.isOne(name)) {
            throw new UnresolvedException(
                    "has a '${db:...}' with a name that no key can have; allowed: " + PlainName.ALLOWED);
        }
        return name;
    }

    String resolve(String raw) throws UnresolvedException {
        int dollar = raw.indexOf('$');
        if (dollar < 0) {
            return raw;
        }
        StringBuilder out = new StringBuilder(raw.length());
        int from = 0;
        while (dollar >= 0 && dollar + 1 < raw.length()) {
            out.append(raw, from, dollar);
            char next = raw.charAt(dollar + 1);
            if (next == '{') {
                int end = raw.indexOf('}', dollar);
                if (end < 0) {
                    throw new UnresolvedException("has '${' without a closing '}'; write $$ for a plain dollar sign");
                }
                out.append(reference(raw.substring(dollar + 2, end)));
                from = end + 1;
            } else {
                out.append('$');
                from = dollar + (next == '$' ? 2 : 1);
            }
            dollar = raw.indexOf('$', from);
        }
        return out.append(raw, from, raw.length()).toString();
    }

    private String reference(String inside) throws UnresolvedException {
        if (inside.startsWith(FILE)) {
            return fileContent(inside.substring(FILE.length()));
        }
        if (inside.startsWith(DATABASE)) {
            throw new UnresolvedException(
                    "has a '${db:...}'; allowed: only as the whole value of a provider's api_key, or of one of its api_keys");
        }
        int split = inside.indexOf(DEFAULT);
        String name = split < 0 ? inside : inside.substring(0, split);
        if (!isVariableName(name)) {
            // What stands inside is not repeated: it may be a secret that was put there by mistake.
            throw new UnresolvedException("has a '${...}' that names no variable;"
                    + " allowed: ${VARIABLE}, ${VARIABLE:-default}, ${file:/path}, and $$ for a plain dollar sign");
        }
        String value = environment.get(name);
        if (split >= 0) {
            String fallback = inside.substring(split + DEFAULT.length());
            if (fallback.contains("${")) {
                throw new UnresolvedException("has a '${' inside the default of '${" + name + "'; allowed: plain text");
            }
            return value == null || value.isEmpty() ? fallback : value;
        }
        if (value == null) {
            throw new UnresolvedException("environment variable " + name + " is not set and has no default");
        }
        if (value.isBlank()) {
            throw new UnresolvedException("is empty: environment variable " + name + " is set to an empty text");
        }
        return value;
    }

    private String fileContent(String path) throws UnresolvedException {
        String shown = Place.printable(path);
        if (path.isBlank()) {
            throw new UnresolvedException("has '${file:}' without a path");
        }
        try {
            byte[] bytes = read(baseDir.resolve(path));
            if (bytes.length > LARGEST_FILE_BYTES) {
                filesRead.put(baseDir.resolve(path), FileStates.digest(baseDir.resolve(path)));
                throw new UnresolvedException("file " + shown + " is larger than the allowed 64KiB");
            }
            String content = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            String value = withoutLineEnd(content);
            if (value.isBlank()) {
                throw new UnresolvedException("is empty: file " + shown + " holds nothing");
            }
            return value;
        } catch (CharacterCodingException e) {
            throw new UnresolvedException("file " + shown + " is not UTF-8 text");
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new UnresolvedException("file " + shown + " does not exist");
        } catch (IOException e) {
            throw new UnresolvedException("file " + shown + " cannot be read");
        }
    }

    private byte[] read(Path file) throws IOException {
        filesRead.put(file, FileStates.ABSENT);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST_FILE_BYTES + 1);
            filesRead.put(file, FileStates.digest(bytes));
            return bytes;
        }
    }

    /** Editors and {@code echo} end a file with a line break that is no part of the secret. */
    private static String withoutLineEnd(String content) {
        int end = content.length();
        while (end > 0 && (content.charAt(end - 1) == '\n' || content.charAt(end - 1) == '\r')) {
            end--;
        }
        return content.substring(0, end);
    }

    private static boolean isVariableName(String name) {
        if (name.isEmpty() || Scalar.isDigit(name.charAt(0))) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!Scalar.isLetter(c) && !Scalar.isDigit(c) && c != '_') {
                return false;
            }
        }
        return true;
    }
}
