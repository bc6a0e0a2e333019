package dev.sluice.bench.load;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands between the client and the provider in a measurement, ready to be asked.
 *
 * @param name in tables
 * @param chat where chat completions are asked for
 * @param headers lines that callers must send to it
 * @param process whose processor time and memory are its cost; null: there is nothing in between
 * @param what version and settings, and what it does of a gateway's work in this test
 * @param modelPrefix in front of the models' names
 * @param database that it started, which has a life of its own; null: none
 */
record Target(
        String name,
        URI chat,
        List<String> headers,
        @Nullable Child process,
        String what,
        String modelPrefix,
        @Nullable ProcessHandle database) {

    Target(String name, URI chat, List<String> headers, @Nullable Child process, String what) {
        this(name, chat, headers, process, what, "", null);
    }

    /** The way without a gateway, with which every comparison begins. */
    static Target none(int providerPort) {
        return new Target(
                "no gateway",
                URI.create("http://127.0.0.1:" + providerPort + "/v1/chat/completions"),
                List.of(),
                null,
                "the client asks the provider itself");
    }
}
