package dev.sluice.gateway.auth;

import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** How an issuer is spoken to. Thread: any that may block. */
public interface IssuerHttp {

    /** What was answered, whatever the status; in UTF-8. */
    record Answer(int status, String body) {}

    /** Whether {@code url} is one that may be asked, or a browser be sent to. */
    boolean allows(URI url);

    /** @throws IOException when there is no answer; the message names the host and never the whole URL */
    Answer get(URI url) throws IOException;

    /**
     * @param form URL-encoded
     * @param authorization value of that header, or null for none
     * @throws IOException when there is no answer; the message names the host and never the whole URL
     */
    Answer post(URI url, String form, @Nullable String authorization) throws IOException;
}
