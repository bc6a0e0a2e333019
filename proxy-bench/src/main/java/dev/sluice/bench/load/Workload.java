package dev.sluice.bench.load;

import java.net.URI;
import java.util.List;

/** What is asked of every target, with the figures that tell something under it. */
enum Workload {
    SMALL("small", "64 connections in a closed loop, whole JSON answers of about 600 bytes") {
        @Override
        LoadOrder order() {
            return closed(new AnswerShape(20, 0, 16), /* streamed= */ false);
        }
    },
    STREAM_BURST("stream-burst", "64 connections in a closed loop, streams of 200 events as fast as they come") {
        @Override
        LoadOrder order() {
            return closed(new AnswerShape(200, 0, 24), /* streamed= */ true);
        }
    },
    STREAM_PACED(
            "stream-paced",
            "500 streams started each second, 32 events 62.5 ms apart: 1,000 open, 16,000 events a second") {
        @Override
        LoadOrder order() {
            return new LoadOrder(
                    NOWHERE,
                    List.of(),
                    new AnswerShape(32, 62_500, 24).model(),
                    true,
                    2_000,
                    500,
                    0,
                    3_000,
                    7_000,
                    4_000);
        }
    },
    STREAM_LIGHT(
            "stream-light",
            "100 streams started each second, 32 events 62.5 ms apart: 200 open, 3,200 events a second") {
        @Override
        LoadOrder order() {
            return new LoadOrder(
                    NOWHERE,
                    List.of(),
                    new AnswerShape(32, 62_500, 24).model(),
                    true,
                    2_000,
                    100,
                    0,
                    3_000,
                    6_000,
                    4_000);
        }
    },
    IDLE_STREAMS("idle-streams", "5,000 streams, opened within 5 s, each with one event a second") {
        @Override
        LoadOrder order() {
            return open(5_000, 1_000_000);
        }
    };

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");
    private static final int CLOSED_CONNECTIONS = 64;

    private final String title;
    private final String what;

    Workload(String title, String what) {
        this.title = title;
        this.what = what;
    }

    abstract LoadOrder order();

    private static LoadOrder closed(AnswerShape shape, boolean streamed) {
        return new LoadOrder(
                NOWHERE, List.of(), shape.model(), streamed, CLOSED_CONNECTIONS, 0, 0, 1_500, 6_000, 3_000);
    }

    /** Streams that are all open before anything is counted, and are cut when it has been. */
    static LoadOrder open(int streams, long intervalMicros) {
        int warmupMillis = 2_000 + streams;
        int windowMillis = 5_000;
        // None ends by itself.
        int chunks = (int) ((warmupMillis + windowMillis) * 2_000L / intervalMicros) + 10;
        return new LoadOrder(
                NOWHERE,
                List.of(),
                new AnswerShape(chunks, intervalMicros, 24).model(),
                /* streamed= */ true,
                streams,
                Math.max(10, Math.min(streams, 1_000)),
                streams,
                warmupMillis,
                windowMillis,
                /* drainMillis= */ 0);
    }

    /** Figures that mean something under this load. */
    List<Column> columns() {
        return switch (this) {
            case SMALL ->
                List.of(
                        Column.REQUESTS,
                        Column.TTFT_P50,
                        Column.TTFT_P99,
                        Column.CPU_REQUEST,
                        Column.DATABASE_REQUEST,
                        Column.RSS,
                        Column.PSS,
                        Column.OTHERS);
            case STREAM_BURST, STREAM_PACED, STREAM_LIGHT ->
                List.of(
                        Column.CHUNKS,
                        Column.TTFT_P50,
                        Column.TTFT_P99,
                        Column.CHUNK_P50,
                        Column.CHUNK_P99,
                        Column.CPU_CHUNK,
                        Column.RSS,
                        Column.NOT_DONE,
                        Column.OTHERS);
            case IDLE_STREAMS ->
                List.of(
                        Column.OPEN,
                        Column.CHUNK_P50,
                        Column.CHUNK_P99,
                        Column.CPU_CHUNK,
                        Column.RSS,
                        Column.PSS,
                        Column.KIB_STREAM,
                        Column.OTHERS);
        };
    }

    /** Milliseconds that a run of it takes, about. */
    int millis() {
        LoadOrder order = order();
        return order.warmupMillis() + order.windowMillis() + 700;
    }

    String title() {
        return title;
    }

    String what() {
        return what;
    }
}
