package dev.sluice.gateway.admin;

/** A request that is not carried out: what it has changed is undone, and the caller gets the answer. */
final class RefusedException extends Exception {
    private final transient AdminResponse answer;

    RefusedException(AdminResponse answer) {
        super(answer.body(), null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
        this.answer = answer;
    }

    RefusedException(int status, String code, String message) {
        this(AdminResponse.error(status, code, null, message));
    }

    /** Of an object that does not exist, or not for this caller: the two are not told apart. */
    static RefusedException notFound(String type, String id) {
        return new RefusedException(404, type + "_not_found", "there is no " + type + " `" + Echo.of(id) + "`");
    }

    AdminResponse answer() {
        return answer;
    }
}
