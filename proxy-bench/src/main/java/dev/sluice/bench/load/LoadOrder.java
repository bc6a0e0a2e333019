package dev.sluice.bench.load;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * One load for the client, as it travels on a line of its standard input. Thread: any.
 *
 * @param to where chat completions are asked for
 * @param headers lines that are sent besides the usual ones
 * @param model asked for; its end says what is to be answered
 * @param streamed or as one piece of JSON
 * @param connections at most
 * @param startsPerSecond of an open loop; 0: a closed loop, each connection asks again when it has its answer
 * @param starts of an open loop; 0: as many as there is time for
 * @param warmupMillis before anything is counted
 * @param windowMillis that is counted
 * @param drainMillis that answers may take to end afterwards; what is open then is cut
 */
record LoadOrder(
        URI to,
        List<String> headers,
        String model,
        boolean streamed,
        int connections,
        int startsPerSecond,
        int starts,
        int warmupMillis,
        int windowMillis,
        int drainMillis) {

    AnswerShape shape() {
        return AnswerShape.of(model);
    }

    String line() {
        List<String> fields = new ArrayList<>(List.of(
                to.toString(),
                model,
                String.valueOf(streamed),
                String.valueOf(connections),
                String.valueOf(startsPerSecond),
                String.valueOf(starts),
                String.valueOf(warmupMillis),
                String.valueOf(windowMillis),
                String.valueOf(drainMillis)));
        fields.addAll(headers);
        return String.join("\t", fields);
    }

    static LoadOrder parse(String line) {
        String[] fields = line.split("\t", -1);
        return new LoadOrder(
                URI.create(fields[0]),
                List.of(fields).subList(9, fields.length),
                fields[1],
                Boolean.parseBoolean(fields[2]),
                Integer.parseInt(fields[3]),
                Integer.parseInt(fields[4]),
                Integer.parseInt(fields[5]),
                Integer.parseInt(fields[6]),
                Integer.parseInt(fields[7]),
                Integer.parseInt(fields[8]));
    }

    LoadOrder against(Target target) {
        return new LoadOrder(
                target.chat(),
                target.headers(),
                target.modelPrefix() + model,
                streamed,
                connections,
                startsPerSecond,
                starts,
                warmupMillis,
                windowMillis,
                drainMillis);
    }

    LoadOrder lasting(int newWarmupMillis, int newWindowMillis) {
        return new LoadOrder(
                to,
                headers,
                model,
                streamed,
                connections,
                startsPerSecond,
                starts,
                newWarmupMillis,
                newWindowMillis,
                drainMillis);
    }
}
