package dev.sluice.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Whether a target that was just started answers. Thread: one. */
final class Answering {
    private static final int LOOK_MILLIS = 100;

    private Answering() {}

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Waits until it answers chat completions, whole and streamed, with the provider's words. */
    static void await(Target target, Child child, int seconds) throws IOException, InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        String last;
        do {
            child.assertAlive();
            last = ask(target);
            if (last.isEmpty()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } while (System.nanoTime() - until < 0);
        throw new IOException("does not answer after " + seconds + " s: " + last + "\n" + child.tail());
    }

    /** @return what is wrong; empty when nothing is */
    private static String ask(Target target) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(target.chat())
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(5))
                .header("content-type", "application/json");
        for (String header : target.headers()) {
            int colon = header.indexOf(':');
            request.header(
                    header.substring(0, colon), header.substring(colon + 1).strip());
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (boolean streamed : new boolean[] {false, true}) {
                HttpResponse<String> answer = client.send(
                        request.POST(HttpRequest.BodyPublishers.ofString(body(target.modelPrefix(), streamed)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200 || !answer.body().contains("@1:")) {
                    return answer.statusCode() + " " + answer.body();
                }
            }
            return "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String body(String modelPrefix, boolean streamed) {
        return """
                {"model":"%sbench-2x0x16","stream":%s,"messages":[{"role":"user","content":"Hello"}]}""".formatted(modelPrefix, streamed);
    }
}
