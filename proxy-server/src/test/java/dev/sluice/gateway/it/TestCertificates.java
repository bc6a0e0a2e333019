package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import javax.net.ssl.SSLContext;

/** An authority, what it has signed, and what it has not. Made anew for each run. */
final class TestCertificates {
    private final Path directory;
    private final X509Bundle authority;

    TestCertificates(Path directory) throws Exception {
        this.directory = directory;
        authority = builder("CN=Test Authority").setIsCertificateAuthority(true).buildSelfSigned();
    }

    private static CertificateBuilder builder(String subject) {
        Instant now = Instant.now();
        return new CertificateBuilder()
                .ecp256()
                .subject(subject)
                .notBefore(now.minus(1, ChronoUnit.DAYS))
                .notAfter(now.plus(30, ChronoUnit.DAYS));
    }

    /** For {@code localhost} and 127.0.0.1, signed by the authority. */
    X509Bundle forLocalhost() throws Exception {
        return builder("CN=localhost")
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority);
    }

    /** Signed by the authority, but for another host. */
    X509Bundle forAnotherHost() throws Exception {
        return builder("CN=elsewhere.test")
                .addSanDnsName("elsewhere.test")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority);
    }

    /** For {@code localhost}, signed by nobody whom anybody knows. */
    X509Bundle untrusted() throws Exception {
        X509Bundle nobody = builder("CN=Nobody").setIsCertificateAuthority(true).buildSelfSigned();
        return builder("CN=localhost")
                .addSanDnsName("localhost")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(nobody);
    }

    X509Bundle expired() throws Exception {
        return builder("CN=localhost")
                .notBefore(Instant.now().minus(3, ChronoUnit.DAYS))
                .notAfter(Instant.now().minus(2, ChronoUnit.DAYS))
                .addSanDnsName("localhost")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority);
    }

    Path authorityPem() throws Exception {
        return file("authority.pem", authority.getCertificatePEM());
    }

    Path certificatePem(X509Bundle bundle) throws Exception {
        return file("cert-" + System.identityHashCode(bundle) + ".pem", bundle.getCertificatePathPEM());
    }

    Path keyPem(X509Bundle bundle) throws Exception {
        return file("key-" + System.identityHashCode(bundle) + ".pem", bundle.getPrivateKeyPEM());
    }

    private Path file(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text, US_ASCII);
    }

    /** What a server with {@code bundle} presents. */
    static SSLContext server(X509Bundle bundle) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(bundle.toKeyManagerFactory().getKeyManagers(), null, null);
        return context;
    }

    /** A client that trusts the authority and nobody else. */
    SSLContext client() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, authority.toTrustManagerFactory().getTrustManagers(), null);
        return context;
    }

    X509Bundle authority() {
        return authority;
    }
}
