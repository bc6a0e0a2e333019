package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Secrets, each of which occurs nowhere else in the world, and the search for them: as they are, in hexadecimal, in base64
 * of both alphabets wherever they begin in it, and as part of an address. Thread: one.
 */
final class Canaries {
    private static final int CONTEXT_CHARS = 80;

    /** What it is called, and how it can be written: a character for each byte. */
    private final Map<String, Set<String>> forms = new LinkedHashMap<>();

    private final List<String> found = new ArrayList<>();

    /** @return {@code secret} */
    String add(String name, String secret) {
        add(name, secret.getBytes(UTF_8));
        forms.get(name).add(URLEncoder.encode(secret, UTF_8));
        return secret;
    }

    void add(String name, byte[] secret) {
        Set<String> all = forms.computeIfAbsent(name, made -> new LinkedHashSet<>());
        all.add(new String(secret, ISO_8859_1));
        all.add(HexFormat.of().formatHex(secret));
        all.add(HexFormat.of().formatHex(secret).toUpperCase(Locale.ROOT));
        for (Base64.Encoder base64 : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
            for (int shift = 0; shift < 3; shift++) {
                all.add(inside(base64, secret, shift));
            }
        }
    }

    /** What all texts have in common that hold {@code secret} behind {@code shift} bytes, in base64. */
    private static String inside(Base64.Encoder base64, byte[] secret, int shift) {
        byte[] shifted = new byte[shift + secret.length];
        System.arraycopy(secret, 0, shifted, shift, secret.length);
        String text = base64.withoutPadding().encodeToString(shifted);
        // The first characters depend on what stands before it, the last one on what stands behind it.
        int from = shift == 0 ? 0 : shift + 1;
        int end = shifted.length % 3 == 0 ? text.length() : text.length() - 1;
        return text.substring(from, end);
    }

    /** Names of all of them. */
    Set<String> names() {
        return forms.keySet();
    }

    /**
     * Looks through {@code content}.
     *
     * @param allowed names of those that belong there
     * @return names of those that are in it, allowed or not
     */
    Set<String> search(String place, byte[] content, String... allowed) {
        String text = new String(content, ISO_8859_1);
        Set<String> seen = new LinkedHashSet<>();
        forms.forEach((name, written) -> {
            for (String form : written) {
                int at = text.indexOf(form);
                if (at >= 0 && seen.add(name) && !List.of(allowed).contains(name)) {
                    found.add(name + " is in " + place + ": ..." + around(text, at, form) + "...");
                }
            }
        });
        return seen;
    }

    Set<String> search(String place, String content, String... allowed) {
        return search(place, content.getBytes(UTF_8), allowed);
    }

    private static String around(String text, int at, String form) {
        return text.substring(
                Math.max(0, at - CONTEXT_CHARS), Math.min(text.length(), at + form.length() + CONTEXT_CHARS));
    }

    /** What was found where it does not belong. */
    List<String> found() {
        return List.copyOf(found);
    }
}
