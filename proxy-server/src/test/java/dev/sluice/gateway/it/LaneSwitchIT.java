package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A provider's read ordinarily goes to the client as the one buffer that it came in. At each event of a stream something
 * happens that makes this impossible, once: what arrives is the same, byte for byte, before, there and behind.
 */
final class LaneSwitchIT {
    private static final List<String> EVENTS = List.of(
            Words.ROLE,
            Words.text("Guten "),
            Words.text("Tag, "),
            Words.text("schöner "),
            Words.text("fremder "),
            Words.text("Mann"),
            Words.FINISH,
            Words.DONE);

    /** What happens at one event. */
    private enum Switch {
        /** A report of usage that the caller did not ask for stands before the event, in a read of its own. */
        DROPPED {
            @Override
            Script at(String event) {
                return Script.of(Script.send(Words.USAGE), Script.send(event));
            }
        },
        /** The same in one chunk. */
        DROPPED_IN_THE_SAME_CHUNK {
            @Override
            Script at(String event) {
                return Script.send(Words.USAGE + event);
            }
        },
        /** The event comes in two chunks and two reads. */
        TWO_CHUNKS {
            @Override
            Script at(String event) {
                byte[] bytes = event.getBytes(UTF_8);
                return Script.send(bytes, cut -> pieces(cut, bytes.length / 2));
            }
        },
        /** All but the last byte of the event, and then that. */
        WITHOUT_ITS_LAST_BYTE {
            @Override
            Script at(String event) {
                byte[] bytes = event.getBytes(UTF_8);
                return Script.send(bytes, cut -> pieces(cut, bytes.length - 1));
            }
        },
        /** A chunk for each byte, all in one write. */
        MANY_CHUNKS {
            @Override
            Script at(String event) {
                StringBuilder framed = new StringBuilder();
                for (byte single : event.getBytes(UTF_8)) {
                    framed.append("1\r\n").append((char) (single & 0xff)).append("\r\n");
                }
                return latin1(framed.toString());
            }
        },
        /** A write for each byte of the event and of its framing. */
        EACH_BYTE {
            @Override
            Script at(String event) {
                return Script.of(
                        Script.splitWrites(Split.EACH_BYTE), Script.send(event), Script.splitWrites(Split.WHOLE));
            }
        },
        /** A size with leading zeros and in capitals: other framing than the gateway's own. */
        ODD_FRAMING {
            @Override
            Script at(String event) {
                byte[] bytes = event.getBytes(UTF_8);
                return latin1(
                        String.format("%08X;of=a-provider\r\n", bytes.length) + new String(bytes, ISO_8859_1) + "\r\n");
            }
        },
        /** A comment before the event. */
        COMMENT {
            @Override
            Script at(String event) {
                return Script.send(": still there\n\n" + event);
            }

            @Override
            String arrives(String event) {
                return ": still there\n\n" + event;
            }
        },
        /** An event of 200 KiB before it: many reads. */
        LARGE {
            @Override
            Script at(String event) {
                return Script.send(arrives(event));
            }

            @Override
            String arrives(String event) {
                return event.equals(Words.ROLE) || event.equals(Words.DONE) ? event : text() + event;
            }

            private String text() {
                return Words.text("x".repeat(200 * 1024));
            }
        };

        abstract Script at(String event);

        String arrives(String event) {
            return event;
        }

        private static List<byte[]> pieces(byte[] bytes, int at) {
            return List.of(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length));
        }

        private static Script latin1(String raw) {
            return wire -> wire.raw(raw.getBytes(ISO_8859_1));
        }
    }

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.STANDARD, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    static List<Arguments> eachSwitchAtEachEvent() {
        List<Arguments> all = new ArrayList<>();
        for (Switch how : Switch.values()) {
            for (int at = 0; at < EVENTS.size(); at++) {
                for (Protocol protocol : Protocol.values()) {
                    all.add(argumentSet(how + " at event " + at + ", " + protocol, how, at, protocol));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("eachSwitchAtEachEvent")
    void arrivesByteForByte(Switch how, int at, Protocol protocol) throws Exception {
        List<Script> steps = new ArrayList<>(List.of(Script.sseHead()));
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < EVENTS.size(); i++) {
            String event = EVENTS.get(i);
            steps.add(i == at ? how.at(event) : Script.send(event));
            expected.append(i == at ? how.arrives(event) : event);
        }
        steps.add(Script.end());
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(Script.of(steps.toArray(Script[]::new))))));

        Answer answer = protocol.call(rig.address(), call);

        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.complete()).as("ended by its framing").isTrue();
        assertThat(answer.text()).isEqualTo(expected.toString());
        assertThat(rig.row(call).status()).isEqualTo("ok");
    }

    /** How a stream ends too early. */
    private enum Break {
        RESET(Script.reset()),
        CLOSED(Script.cut()),
        ENDED(Script.end()),
        NO_FRAMING(Script.of(Script.raw("xyz\r\n"), Script.cut())),
        BARE_LF(Script.of(Script.raw("1\nx\n"), Script.cut())),
        AN_ERROR(Script.of(
                Script.send("data: " + Words.error("overloaded", "server_error") + "\n\n" + Words.DONE), Script.end()));

        private final Script script;

        Break(Script script) {
            this.script = script;
        }
    }

    static List<Arguments> eachBreakBehindEachEvent() {
        List<Arguments> all = new ArrayList<>();
        for (Break how : Break.values()) {
            // Behind the first text, and before the finish: a stream that has said all it had to say is no broken one.
            for (int behind = 1; behind < EVENTS.size() - 2; behind++) {
                for (Protocol protocol : Protocol.values()) {
                    all.add(argumentSet(how + " behind event " + behind + ", " + protocol, how, behind, protocol));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("eachBreakBehindEachEvent")
    void aBreakIsNeverAnEnd(Break how, int behind, Protocol protocol) throws Exception {
        String before = String.join("", EVENTS.subList(0, behind + 1));
        List<Script> steps = new ArrayList<>(List.of(Script.sseHead()));
        for (String event : EVENTS.subList(0, behind + 1)) {
            steps.add(Script.send(event));
        }
        steps.add(how.script);
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(Script.of(steps.toArray(Script[]::new))))));

        Answer answer = protocol.call(rig.address(), call);

        assertThat(answer.text()).startsWith(before).doesNotContain("[DONE]");
        if (answer.complete()) {
            assertThat(answer.text().substring(before.length())).startsWith("data: {\"error\":");
        }
        assertThat(rig.row(call).status()).isIn("truncated", "upstream_error");
    }
}
