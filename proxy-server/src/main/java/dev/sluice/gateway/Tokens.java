package dev.sluice.gateway;

import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.auth.Issuers;
import dev.sluice.gateway.auth.JwtVerifier;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.Revocations;
import dev.sluice.gateway.auth.TokenAuthenticator;
import dev.sluice.gateway.auth.TokenVerifier;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.observe.Metrics;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The parts that know whose tokens are believed, joined: the gateway's own, and those of the issuers of the configuration in
 * force. They outlive configurations. Thread: any.
 *
 * @param own the gateway's own tokens, which are believed always
 * @param authenticator tells who a token speaks for, on both planes
 */
record Tokens(AccessTokens own, Issuers issuers, TokenAuthenticator authenticator) {

    /** @param later tells when an issuer's keys have become old; nothing blocks it */
    static Tokens start(Peppers peppers, Revocations revocations, ScheduledExecutorService later) {
        InstantSource clock = InstantSource.system();
        AccessTokens own = new AccessTokens(peppers, clock);
        return new Tokens(own, new Issuers(clock, later), new TokenAuthenticator(List.of(own), revocations, clock));
    }

    /** Believes the issuers of {@code config} from now on, and no others. Those that stay as they are keep their keys. */
    void enforce(GatewayConfig config) {
        List<TokenVerifier> believed = new ArrayList<>();
        believed.add(own);
        List<JwtVerifier> others = issuers.verifiers(config.auth());
        believed.addAll(others);
        authenticator.use(believed);
        issuers.retain(config.auth());
    }

    void addTo(Metrics metrics) {
        metrics.gauge("sluice_tokens_remembered", "Tokens that are known to be good.", authenticator::size);
        metrics.counter(
                "sluice_token_parses_total",
                "Tokens that were taken apart: those that were not remembered.",
                authenticator::parses);
        metrics.counter(
                "sluice_token_signature_checks_total",
                "Signatures of tokens of other issuers that were checked.",
                issuers::signatureChecks);
        metrics.counter(
                "sluice_issuer_key_fetches_total", "Times an issuer was asked for its keys.", issuers::keyFetches);
    }

    void close() {
        issuers.close();
    }
}
