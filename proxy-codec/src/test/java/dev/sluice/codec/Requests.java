package dev.sluice.codec;

import java.util.SplittableRandom;

/** Random requests in all dialects that callers speak, and in some that nobody does. */
final class Requests {
    private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\","
            + "\"description\":\"The city\"},\"unit\":{\"enum\":[\"C\",\"F\",1,null]}}}";

    private Requests() {}

    static String random(SplittableRandom random) {
        StringBuilder body = new StringBuilder("{");
        member(
                body,
                random,
                9,
                "\"model\":\"" + (random.nextInt(20) == 0 ? "a\\nb" : pick(random, "gpt-4o", "m\\u00f6del", "claude-x"))
                        + "\"");
        member(
                body,
                random,
                7,
                "\"stream\":" + (random.nextInt(20) == 0 ? "1" : pick(random, "true", "false", "null")));
        member(body, random, 3, "\"stream_options\":" + pick(random, "{}", "null", "{\"include_usage\":true}"));
        member(body, random, 3, "\"user\":\"u" + random.nextInt(5) + "\"");
        member(
                body,
                random,
                6,
                "\"max_tokens\":"
                        + (random.nextInt(20) == 0 ? "1.5" : pick(random, "10", "0", "9223372036854775807", "7")));
        member(body, random, 2, "\"metadata\":{\"user_id\":\"x" + random.nextInt(3) + "\"}");
        member(body, random, 2, "\"generationConfig\":{\"maxOutputTokens\":" + random.nextInt(100) + "}");
        member(body, random, 3, "\"system\":\"" + text(random) + "\"");
        member(
                body,
                random,
                3,
                "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"" + text(random)
                        + "\",\"parameters\":" + SCHEMA + "}}]");
        member(body, random, 8, "\"messages\":[" + messages(random) + "]");
        member(body, random, 3, "\"contents\":[{\"parts\":[{\"text\":\"" + text(random) + "\"}]}]");
        member(body, random, 3, "\"input\":\"" + text(random) + "\"");
        member(body, random, 2, "\"deep\":" + "[".repeat(random.nextInt(8)) + "1");
        return body.append("}").toString();
    }

    private static void member(StringBuilder body, SplittableRandom random, int ofTen, String member) {
        if (random.nextInt(10) < ofTen) {
            body.append(body.length() > 1 ? "," : "").append(member);
            if (member.startsWith("\"deep\"")) {
                body.append(
                        "]".repeat((int) member.chars().filter(c -> c == '[').count()));
            }
        }
    }

    private static String messages(SplittableRandom random) {
        StringBuilder messages = new StringBuilder();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            messages.append(i == 0 ? "" : ",")
                    .append("{\"role\":\"")
                    .append(pick(random, "user", "system", "assistant"));
            messages.append("\",\"name\":\"n\",\"content\":");
            if (random.nextInt(3) == 0) {
                messages.append("[{\"type\":\"text\",\"text\":\"")
                        .append(text(random))
                        .append("\"},{\"type\":\"image_url\"")
                        .append(
                                ",\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\",\"detail\":\"low\"}}]}");
            } else {
                messages.append('"').append(text(random)).append("\"}");
            }
        }
        return messages.toString();
    }

    private static String text(SplittableRandom random) {
        String text = pick(
                random, "Hello there, you 1234567", "\\ud83d\\ude00 h\\u00e9", "na\u00efve \u4e2d\u6587", "a\\\"b");
        return random.nextInt(12) == 0 ? (text + " and more of it. ").repeat(1_500) : text;
    }

    private static String pick(SplittableRandom random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
