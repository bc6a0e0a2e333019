package dev.sluice.gateway.admin;

import java.util.LinkedHashMap;
import java.util.Map;

/** An answer as one text, for {@link dev.sluice.gateway.store.IdempotentAnswers}: type, headers, empty line, body. */
final class SealedAnswer {
    private static final String BETWEEN = ": ";

    private SealedAnswer() {}

    static String write(AdminResponse answer) {
        StringBuilder text = new StringBuilder(answer.contentType()).append('\n');
        answer.headers()
                .forEach((name, value) ->
                        text.append(name).append(BETWEEN).append(value).append('\n'));
        return text.append('\n').append(answer.body()).toString();
    }

    static AdminResponse read(int status, String text) {
        int typeEnd = text.indexOf('\n');
        int headersEnd = text.indexOf("\n\n", typeEnd);
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line : text.substring(typeEnd, headersEnd).split("\n", -1)) {
            int between = line.indexOf(BETWEEN);
            if (between > 0) {
                headers.put(line.substring(0, between), line.substring(between + BETWEEN.length()));
            }
        }
        return new AdminResponse(status, text.substring(0, typeEnd), text.substring(headersEnd + 2), headers);
    }
}
