package dev.sluice.gateway.admin;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.UUID;

/** The id under which a request stands in the audit log: the caller's own, where it can be kept. Thread: any. */
final class RequestId {
    static final String HEADER = "x-request-id";

    private static final int LONGEST = 128;

    private RequestId() {}

    static String of(HttpHeaders headers) {
        List<String> given = headers.getAll(HEADER);
        return given.size() == 1 && isFit(given.get(0))
                ? given.get(0)
                : UUID.randomUUID().toString();
    }

    private static boolean isFit(String id) {
        return !id.isEmpty() && id.length() <= LONGEST && id.chars().allMatch(c -> c > 0x20 && c <= 0x7e);
    }
}
