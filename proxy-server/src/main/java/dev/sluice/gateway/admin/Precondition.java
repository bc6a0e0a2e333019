package dev.sluice.gateway.admin;

import java.util.List;

/**
 * Optimistic locking: whoever changes an object says which version of it was seen, in the header {@code If-Match}, as the
 * header {@code ETag} gave it. Thread: any.
 */
final class Precondition {
    static final String HEADER = "if-match";

    private Precondition() {}

    static String tag(long version) {
        return "\"" + version + "\"";
    }

    /** @throws RefusedException when the request names no version, or another one than the object has */
    static void require(AdminRequest request, long version) throws RefusedException {
        List<String> given = request.headers().getAll(HEADER);
        if (given.isEmpty()) {
            throw new RefusedException(
                    428,
                    "precondition_required",
                    "a change needs the header `If-Match` with the version it is made for, now " + tag(version));
        }
        if (given.size() > 1 || !given.get(0).strip().equals(tag(version))) {
            throw new RefusedException(
                    412,
                    "version_conflict",
                    "the change is made for version " + Echo.of(String.join(", ", given)) + ", and the object has "
                            + tag(version) + "; read it again");
        }
    }
}
