package dev.sluice.gateway.demo;

import java.util.ArrayList;
import java.util.List;

/** What the demo provider says, to everyone. */
final class DemoText {
    /** The answer in words; each but the first brings the space before it. */
    static final List<String> WORDS = words("""
            Hello from Sluice! No model wrote this: you are reading the gateway's built-in demo provider, which sends \
            the same words to everyone, one at a time, the way a real provider sends its tokens. Your request still \
            went the whole way. Your key was checked, a route was found, each word was passed on the moment it came, \
            and when the last one is through, one row in PostgreSQL says who asked for what. (Its token counts are \
            word counts; this provider has no tokenizer.) To talk to a real model, set OPENAI_API_KEY and start Sluice \
            again, or name your providers in sluice.yaml, then ask for one of their models in place of "demo".""");

    private DemoText() {}

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int space = text.indexOf(' '); space >= 0; space = text.indexOf(' ', space + 1)) {
            words.add(text.substring(start, space));
            start = space;
        }
        words.add(text.substring(start));
        return List.copyOf(words);
    }
}
