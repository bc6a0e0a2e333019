package dev.sluice.gateway.admin;

import java.util.List;

/** One subject of the admin plane: brings its routes along. Thread: any; its actions run on virtual ones. */
public interface AdminPart {

    /** Each needs a row in {@link dev.sluice.gateway.auth.AccessTable}. */
    List<AdminRoute> routes();
}
