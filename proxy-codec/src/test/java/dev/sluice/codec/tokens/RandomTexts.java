package dev.sluice.codec.tokens;

import java.util.Random;

/**
 * Texts of all sorts, put together at random: excerpts of prose and code in several scripts, and runs of the characters
 * that the rules of the encodings are about. Thread: test.
 */
final class RandomTexts {
    static final String ENGLISH = """
            The gateway had been running for three weeks when somebody finally asked what it cost. Nobody knew. \
            There were graphs of latency, graphs of errors, a graph whose axis had lost its label; there wasn't one \
            of money. "We'll ask the provider," said Anna, who'd seen the last invoice and didn't like it. It's \
            never that simple: 1,234 calls had been cut off, 17% had no usage at all, and the rest weren't priced as \
            they'd been in June. So they sat down — coffee, whiteboard, two laptops — and counted. By 4:30 p.m. the \
            answer was $8,941.07, give or take. I'm told they've kept the whiteboard. You're welcome to look at it.

            What they learnt fits on a card. Count what you send, count what you get, and write both down before you \
            let go of the connection. Don't trust a number that arrives late; don't ignore it either. And if two \
            numbers disagree, keep both, because the difference is the most interesting thing you'll see all week.
            """;

    static final String CODE = """
            public final class Ring<T> implements Iterable<T> {
                private final Object[] slots;
                private int head, tail;   // both grow; only their difference is bounded

                Ring(int capacity) { this.slots = new Object[Integer.highestOneBit(capacity - 1) << 1]; }

                @SuppressWarnings("unchecked")
                boolean offer(T item) {
                    if (tail - head == slots.length) {
                        return false;
                    }
                    slots[tail++ & slots.length - 1] = item;
            \t\treturn true;
                }
            }

            def weighted_mean(xs, ws=None):
                '''Mean of xs; ws are 1.0 each if not given.'''
                ws = ws or [1.0] * len(xs)
                assert len(xs) == len(ws), f"{len(xs)} != {len(ws)}"
                return sum(x * w for x, w in zip(xs, ws)) / sum(ws)

            #include <stdio.h>
            int main(void) { for (int i = 0; i < 1000000; ++i) printf("%d\\n", i * 0x1F); return 0; }
            SELECT model, SUM(cost_nano) FROM usage_event WHERE day >= '2026-11-01' GROUP BY 1 ORDER BY 2 DESC;
            curl -sS https://example.org/v1/chat/completions -H 'Content-Type: application/json' -d '{"stream":true}'
            """;

    static final String MARKDOWN = """
            # Release 4.2.18 //

            - **Faster**: see [the table](https://example.org/a/b?c=d#e_f), *really*.
              * nested `code()` & more -- at last
            1. one
            2. two

            | name | p50 | p99 |
            |------|----:|----:|
            | `own` | 87 | 1_032 |

            > "Quoted," he said...

            ```json
            {"a": [1, 2.5e-7, null], "b": {"c": "\\u00e9"}}
            ```
            ---
            """;

    static final String CHINESE = "他们坐下来，拿着咖啡和白板，数了一个下午。到四点半，答案是八千九百四十一美元，误差不大。"
            + "数字如果来得晚，不要相信，但也不要忽略；如果两个数字不一样，就都留下，因为差别往往最有意思。"
            + "令牌的数量取决于词表，而不是字符的多少：同一句话，用不同的模型来算，费用会相差一半以上。"
            + "网关每秒处理一万个请求，内存不到一百兆字节。“谁来付钱？”她问。没有人回答。";

    private static final String MIXED =
            "これは試験です。カタカナとひらがな、漢字。한국어 문장도 있습니다. Тест на русском языке, ещё раз. Ελληνικά γράμματα. "
                    + "ภาษาไทยไม่มีวรรค แต่มีสระและวรรณยุกต์ काम करने का समय है, हिन्दी में लिखो। العربية من اليمين إلى اليسار. "
                    + "שלום עולם. Größe, naïve façade, Ærøskøbing, İstanbul, ĳs, ǅungla. ";

    private static final String EMOJI = "😀🎉👩‍💻👨‍👩‍👧‍👦🏳️‍🌈🇩🇪🇯🇵1️⃣❤️🔥✨🤷🏽‍♂️🧑🏿‍🚀⏰☕️💶📈🥲🫠";

    private static final String[] CONTRACTIONS = {
        "'s", "'S", "'t", "'re", "'RE", "'ve", "'m", "'ll", "'Ll", "'d", "'ſ", "'l", "'r", "'v", "''s", "'x", "'rE", "'"
    };

    private static final String MARKS = "\u0301\u0308\u20DD\u0903\u0E31\u0E49\u3099\uFE0F\u0300\u093F\u094D";
    private static final String SPACES = " \t\u00A0\u3000\u2003\u2028\u000B\u000C\u0085\u1680\u202F\u001C\u200B\uFEFF";
    private static final String NUMBERS = "0123456789½²Ⅷ٣१๗一〇🄌\uD835\uDFD8";
    private static final String SYMBOLS = "/'\".,;:!?-_()[]{}<>|\\@#$%^&*+=~`€§°→─▓\u0000\u007F\u00AD";
    private static final String LETTERS = "aZqſßÄéǅʰªИжΩبא中あアกकﬁ𝒜𐐀𐐨\uD83A\uDD00";

    private final Random random;

    RandomTexts(long seed) {
        this.random = new Random(seed);
    }

    Random random() {
        return random;
    }

    /** Of up to some {@code atMost} characters, most of them far shorter. */
    String next(int atMost) {
        int target = 1 + random.nextInt(1 + random.nextInt(atMost));
        StringBuilder text = new StringBuilder(target + 32);
        while (text.length() < target) {
            add(text);
        }
        return text.toString();
    }

    private void add(StringBuilder text) {
        int length = 1 + random.nextInt(1 + random.nextInt(48));
        switch (random.nextInt(18)) {
            case 0, 1 -> excerpt(text, ENGLISH, length);
            case 2, 3 -> excerpt(text, CODE, length);
            case 4 -> excerpt(text, MARKDOWN, length);
            case 5 -> excerpt(text, CHINESE, length);
            case 6 -> excerpt(text, MIXED, length);
            case 7 -> excerpt(text, EMOJI, 1 + length / 4);
            case 8 -> from(text, NUMBERS, 1 + length / 4);
            case 9 -> from(text, SPACES, 1 + length / 6);
            case 10 -> from(text, "\r\n \t/", 1 + length / 6);
            case 11 -> from(text, SYMBOLS, 1 + length / 6);
            case 12 -> from(text, MARKS, 1 + length / 12);
            case 13 -> text.append(CONTRACTIONS[random.nextInt(CONTRACTIONS.length)]);
            case 14 -> from(text, LETTERS, 1 + length / 4);
            case 15 -> from(text, " \n'/a1B.\u0301中", 1 + length / 3);
            case 16 -> repeated(text, length);
            default -> anything(text, 1 + length / 8);
        }
    }

    private void excerpt(StringBuilder text, String source, int length) {
        int from = random.nextInt(source.length());
        text.append(source, from, Math.min(source.length(), from + length));
    }

    private void from(StringBuilder text, String alphabet, int count) {
        for (int i = 0; i < count; i++) {
            text.appendCodePoint(alphabet.codePointAt(
                    alphabet.offsetByCodePoints(0, random.nextInt(alphabet.codePointCount(0, alphabet.length())))));
        }
    }

    private void repeated(StringBuilder text, int length) {
        String alphabet = SYMBOLS + LETTERS + "  \n\n";
        int before = text.length();
        from(text, alphabet, 1);
        String unit = text.substring(before);
        text.append(unit.repeat(length));
    }

    /** Any code point, assigned or not, and halves of surrogate pairs. */
    private void anything(StringBuilder text, int count) {
        for (int i = 0; i < count; i++) {
            int plane = random.nextInt(4) == 0 ? Character.MAX_CODE_POINT + 1 : 0x3000;
            text.appendCodePoint(random.nextInt(8) == 0 ? 0xD800 + random.nextInt(0x800) : random.nextInt(plane));
        }
    }
}
