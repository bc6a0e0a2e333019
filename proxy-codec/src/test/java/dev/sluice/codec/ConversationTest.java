package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each turn of a conversation has the number of its first, and no other conversation has it. */
final class ConversationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final List<String> ASIDES = List.of(
            "\"model\":\"m\"",
            "\"stream\":true",
            "\"temperature\":0.5",
            "\"max_tokens\":9",
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"messages\"}}]",
            "\"metadata\":{\"messages\":[{\"role\":\"user\",\"content\":\"no\"}],\"system\":\"no\",\"user_id\":\"u\"}");

    /** A dialect of callers, and how a conversation looks in it. */
    enum Speaker {
        CHAT_COMPLETIONS("messages", "\"role\":\"%s\",\"content\":\"%s\"", "assistant"),
        RESPONSES("input", "\"role\":\"%s\",\"content\":\"%s\"", "assistant"),
        MESSAGES("messages", "\"role\":\"%s\",\"content\":\"%s\"", "assistant"),
        GENERATE_CONTENT("contents", "\"role\":\"%s\",\"parts\":[{\"text\":\"%s\"}]", "model");

        private final String turns;
        private final String turn;
        private final String assistant;

        Speaker(String turns, String turn, String assistant) {
            this.turns = turns;
            this.turn = turn;
            this.assistant = assistant;
        }

        CallPath path() {
            return new CallPath(Endpoint.valueOf(name()), "m", /* stream= */ false, null);
        }

        /** The members of the prompt: what the user says, each answered but for the last. */
        List<String> prompt(String system, List<String> said) {
            List<String> members = new ArrayList<>();
            List<String> messages = new ArrayList<>();
            if (!system.isEmpty()) {
                switch (this) {
                    case CHAT_COMPLETIONS -> messages.add(turn("system", system));
                    case RESPONSES -> members.add("\"instructions\":\"" + system + "\"");
                    case MESSAGES -> members.add("\"system\":\"" + system + "\"");
                    case GENERATE_CONTENT ->
                        members.add("\"systemInstruction\":{\"parts\":[{\"text\":\"" + system + "\"}]}");
                }
            }
            for (int i = 0; i < said.size(); i++) {
                if (i > 0) {
                    messages.add(turn(assistant, "answer " + i));
                }
                messages.add(turn("user", said.get(i)));
            }
            members.add("\"" + turns + "\":[" + String.join(",", messages) + "]");
            return members;
        }

        private String turn(String role, String text) {
            return "{" + turn.formatted(role, text) + "}";
        }

        long number(String system, String... said) {
            return hash("{" + String.join(",", prompt(system, List.of(said))) + "}");
        }

        long hash(String body) {
            return ConversationTest.hash(path(), body);
        }
    }

    @ParameterizedTest
    @EnumSource
    void allTurnsHaveTheNumberOfTheFirst(Speaker speaker) {
        Random random = new Random(5);
        for (String system : List.of("", "Be brief.", "s".repeat(600), "s".repeat(3000))) {
            for (String first : List.of("Hello", "Grüße 🏔", "h".repeat(900), "h".repeat(5000))) {
                long number = speaker.number(system, first);
                List<String> said = new ArrayList<>(List.of(first));
                for (int turn = 2; turn <= 10; turn++) {
                    said.add("and " + turn);
                    List<String> members = new ArrayList<>(speaker.prompt(system, said));
                    members.addAll(ASIDES.subList(0, random.nextInt(ASIDES.size() + 1)));
                    Collections.shuffle(members, random);
                    assertThat(speaker.hash("{" + String.join(", ", members) + "}"))
                            .as("turn %s of %s", turn, members)
                            .isEqualTo(number);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void othersHaveOthers(Speaker speaker) {
        Set<Long> numbers = new HashSet<>();
        for (String system : List.of("", "Be brief.", "Be brief", "Be brief.Hello")) {
            for (String first : List.of("Hello", "Hello!", "hello", "")) {
                assertThat(numbers.add(speaker.number(system, first)))
                        .as("%s, %s", system, first)
                        .isTrue();
            }
        }
        for (int i = 0; i < 20_000; i++) {
            assertThat(numbers.add(speaker.number("You are agent " + i % 100, "Task " + i)))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void isOfTheFirstKilobyteAlone(Speaker speaker) {
        // The text of the system, and the byte behind it.
        int room = 1024 - "Be brief.".length() - 1;
        String most = "u".repeat(room - 1);
        long number = speaker.number("Be brief.", most + "v");
        assertThat(speaker.number("Be brief.", most + "vw")).isEqualTo(number);
        assertThat(speaker.number("Be brief.", most + "w")).isNotEqualTo(number);
        assertThat(speaker.number("s".repeat(1024), "a")).isEqualTo(speaker.number("s".repeat(1025), "b"));
        assertThat(speaker.number("s".repeat(1022), "a")).isNotEqualTo(speaker.number("s".repeat(1022), "b"));
    }

    @ParameterizedTest
    @EnumSource
    void isTheSameWithEveryRelease(Speaker speaker) {
        long hash = 0xCBF29CE484222325L;
        for (byte next : "Sé breve.".getBytes(UTF_8)) {
            hash = (hash ^ (next & 0xFF)) * 0x100000001B3L;
        }
        hash = (hash ^ 0xFF) * 0x100000001B3L;
        for (byte next : "Hola 🏔".getBytes(UTF_8)) {
            hash = (hash ^ (next & 0xFF)) * 0x100000001B3L;
        }
        hash = (hash ^ 0xFF) * 0x100000001B3L;
        hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
        hash = hash ^ (hash >>> 31);
        assertThat(speaker.number("Sé breve.", "Hola 🏔")).isEqualTo(hash);
        assertThat(speaker.number("S\\u00e9 breve.", "Hola \\uD83C\\uDFD4", "¿Y?"))
                .isEqualTo(hash);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            CHAT_COMPLETIONS ! {'messages':[{'role':'user','content':'ab'}]} ! {'messages':[{'content':[{'type':'text','text':'a'},{'type':'text','text':'b'}],'role':'user'}]}
            CHAT_COMPLETIONS ! {'messages':[{'role':'user','content':'ab'}]} ! {'messages':[null,7,{'content':'ab','name':'n','role':'user'},'x']}
            CHAT_COMPLETIONS ! {'messages':[{'role':'assistant','content':'a'},{'role':'user','content':'b'}]} ! {'messages':[{'role':'assistant','content':'a','tool_calls':[{'id':'c'}]},{'role':'user','content':'b'},{'role':'tool','content':'c'}]}
            RESPONSES ! {'input':'ab'} ! {'input':[{'type':'message','role':'user','content':[{'type':'input_text','text':'ab'}]},{'type':'reasoning','summary':[]}],'instructions':null}
            RESPONSES ! {'input':'ab','instructions':'s'} ! {'instructions':'s','input':[{'role':'user','content':'ab'},{'role':'assistant','content':'c'}]}
            MESSAGES ! {'system':'s','messages':[{'role':'user','content':'ab'}]} ! {'messages':[{'role':'user','content':[{'type':'text','text':'ab','cache_control':{'type':'ephemeral'}}]},{'role':'assistant','content':'c'}],'system':[{'type':'text','text':'s','cache_control':{'type':'ephemeral'}}]}
            MESSAGES ! {'messages':[{'role':'user','content':'ab'}]} ! {'system':[],'messages':[{'role':'user','content':'ab'},{'role':'user','content':'c'}]}
            GENERATE_CONTENT ! {'contents':[{'parts':[{'text':'ab'}]}]} ! {'contents':[{'role':'user','parts':{'text':'ab'}},{'role':'model','parts':[{'text':'c'}]}]}
            GENERATE_CONTENT ! {'systemInstruction':'s','contents':[{'parts':[{'text':'ab'}]}]} ! {'contents':[{'parts':[{'text':'ab'}],'role':'user'}],'system_instruction':{'role':'system','parts':{'text':'s'}}}
            GEMINI_COUNT_TOKENS ! {'contents':[{'parts':[{'text':'ab'}]}]} ! {'generateContentRequest':{'contents':[{'parts':[{'text':'ab'}]}]}}
            COMPLETIONS ! {'prompt':'ab'} ! {'suffix':'c','prompt':'ab'}
            EMBEDDINGS ! {'input':[1,2]} ! {'model':'m','input':[1 , 2],'dimensions':3}
            MODERATIONS ! {'input':'ab'} ! {'input':'a\\u0062'}
            EMBED_CONTENT ! {'content':{'parts':[{'text':'ab'}]}} ! {'model':'m','content':{'parts':[{'text':'a'},{'text':'b'}]}}
            """)
    void isThatOfWhatIsSaidHoweverItIsWritten(Endpoint endpoint, String body, String other) {
        assertThat(hash(endpoint, body)).isEqualTo(hash(endpoint, other)).isNotEqualTo(hash(endpoint, "{}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            CHAT_COMPLETIONS ! {'messages':[{'role':'system','content':'a'},{'role':'user','content':'bc'}]} ! {'messages':[{'role':'system','content':'ab'},{'role':'user','content':'c'}]}
            CHAT_COMPLETIONS ! {'messages':[{'role':'user','content':[{'image_url':{'url':'data:a'}}]}]} ! {'messages':[{'role':'user','content':[{'image_url':{'url':'data:b'}}]}]}
            CHAT_COMPLETIONS ! {'messages':[{'role':'user','content':[{'input_audio':{'data':'a'}}]}]} ! {'messages':[{'role':'user','content':[{'input_audio':{'data':'b'}}]}]}
            RESPONSES ! {'input':[{'role':'user','content':[{'image_url':'a'}]}]} ! {'input':[{'role':'user','content':[{'image_url':'b'}]}]}
            MESSAGES ! {'messages':[{'role':'user','content':[{'source':{'data':'a'}}]}]} ! {'messages':[{'role':'user','content':[{'source':{'data':'b'}}]}]}
            GENERATE_CONTENT ! {'contents':[{'parts':[{'inlineData':{'data':'a'}}]}]} ! {'contents':[{'parts':[{'inline_data':{'data':'b'}}]}]}
            GENERATE_CONTENT ! {'contents':[{'role':'model','parts':[{'text':'a'}]},{'parts':[{'text':'b'}]}]} ! {'contents':[{'role':'model','parts':[{'text':'a'}]},{'parts':[{'text':'c'}]}]}
            COMPLETIONS ! {'prompt':'ab'} ! {'prompt':'ac'}
            COMPLETIONS ! {'prompt':['a','b']} ! {'prompt':['ab']}
            COMPLETIONS ! {'prompt':[[1,2],[3]]} ! {'prompt':[[1,2],[4]]}
            EMBEDDINGS ! {'input':[1,2]} ! {'input':[2,1]}
            MODERATIONS ! {'input':[{'type':'text','text':'a'}]} ! {'input':[{'type':'text','text':'b'}]}
            EMBED_CONTENT ! {'content':{'parts':[{'text':'a'}]}} ! {'content':{'parts':[{'text':'b'}]}}
            BATCH_EMBED_CONTENTS ! {'requests':[{'content':{'parts':[{'text':'a'}]}}]} ! {'requests':[{'content':{'parts':[{'text':'b'}]}}]}
            """)
    void isAnotherForAnother(Endpoint endpoint, String body, String other) {
        assertThat(hash(endpoint, body)).isNotEqualTo(hash(endpoint, other));
    }

    @ParameterizedTest
    @EnumSource
    void doesNotDependOnWhereTheBytesAre(Speaker speaker) {
        byte[] bytes = ("{" + String.join(",", speaker.prompt("Be brief.", List.of("Grüße 🏔", "x".repeat(3000))))
                        + "}")
                .getBytes(UTF_8);
        long number = speaker.number("Be brief.", "Grüße 🏔");
        Cuts.forEachCut(250, 20, cut -> {
            CompositeByteBuf pieces = Unpooled.compositeBuffer(Integer.MAX_VALUE);
            int from = 0;
            for (int to : cut) {
                int end = to == 250 ? bytes.length : to;
                pieces.addComponent(true, Unpooled.directBuffer(end - from).writeBytes(bytes, from, end - from));
                from = end;
            }
            assertThat(hash(speaker.path(), pieces)).isEqualTo(number);
            pieces.release();
        });
        for (Cuts cuts : List.of(Cuts.direct(), Cuts.onHeap())) {
            ByteBuf body = cuts.buffer(bytes, 0, bytes.length);
            int reader = body.readerIndex();
            assertThat(hash(speaker.path(), body)).isEqualTo(number);
            assertThat(body.readerIndex()).isEqualTo(reader);
            body.release();
        }
    }

    @Test
    void readsNoFurtherThanItMust() {
        String filler = ",\"x\":\"" + "x".repeat(2048);
        assertThat(hashOfBeginning(
                        Speaker.CHAT_COMPLETIONS, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}" + filler))
                .isEqualTo(Speaker.CHAT_COMPLETIONS.number("", "a"));
        for (Speaker speaker : Speaker.values()) {
            List<String> prompt = speaker.prompt("s", List.of("a"));
            String beginning = "{" + String.join(",", prompt);
            assertThat(hashOfBeginning(speaker, beginning + filler)).isEqualTo(speaker.number("s", "a"));
            String large = "{" + speaker.prompt("s".repeat(1024), List.of("a")).get(0);
            assertThat(hashOfBeginning(speaker, large + filler)).isEqualTo(speaker.number("s".repeat(1024), "b"));
        }
    }

    /** Behind {@code beginning} are bytes that cannot be read. */
    private static long hashOfBeginning(Speaker speaker, String beginning) {
        ByteBuf gone = Unpooled.buffer().writeBytes(new byte[1 << 20]);
        CompositeByteBuf body =
                Unpooled.compositeBuffer().addComponents(true, Unpooled.copiedBuffer(beginning, UTF_8), gone);
        gone.release();
        return hash(speaker.path(), body);
    }

    @ParameterizedTest
    @EnumSource
    void memoryDoesNotGrowWithTheBody(Speaker speaker) {
        long small = allocated(speaker, "a");
        long large = allocated(speaker, "a\\n".repeat(1 << 20));
        assertThat(large).isLessThanOrEqualTo(small + 1024);
        assertThat(small).isLessThan(8 << 10);
    }

    private static long allocated(Speaker speaker, String said) {
        List<String> members = speaker.prompt("", List.of(said, said));
        ByteBuf body = Unpooled.copiedBuffer("{\"x\":\"" + said + "\"," + String.join(",", members) + "}", UTF_8);
        CallPath path = speaker.path();
        InboundDialect dialect = dialect(path);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            dialect.conversation(path, body);
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @ParameterizedTest
    @EnumSource
    void neverThrowsWhateverTheBodyIs(Speaker speaker) {
        String whole =
                "{" + String.join(",", speaker.prompt("Be \\u00e9 brief.", List.of("Hello \\ud83c\\udfd4", "2"))) + "}";
        for (int length = 0; length <= whole.length(); length++) {
            speaker.hash(whole.substring(0, length));
            for (String odd : List.of("7", "null", "[", "\"x\"", "{}", "\\ud800", "}")) {
                speaker.hash(whole.substring(0, length) + odd + whole.substring(length));
            }
        }
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = whole.getBytes(UTF_8);
            for (int k = 0; k < 3; k++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            hash(speaker.path(), Unpooled.wrappedBuffer(bytes));
        }
        String deep = "{\"tools\":" + "[".repeat(2000) + "]".repeat(2000) + "," + whole.substring(1);
        assertThat(speaker.hash(deep)).isEqualTo(speaker.hash("{}"));
    }

    private static long hash(Endpoint endpoint, String body) {
        return hash(new CallPath(endpoint), body.replace('\'', '"'));
    }

    private static long hash(CallPath path, String body) {
        return hash(path, Unpooled.copiedBuffer(body, UTF_8));
    }

    private static long hash(CallPath path, ByteBuf body) {
        return dialect(path).conversation(path, body);
    }

    private static InboundDialect dialect(CallPath path) {
        for (InboundDialect inbound : Dialects.inbound()) {
            if (inbound.wireFormat() == path.endpoint().wireFormat()) {
                return inbound;
            }
        }
        throw new IllegalArgumentException(path.endpoint().label().toUpperCase(Locale.ROOT));
    }
}
