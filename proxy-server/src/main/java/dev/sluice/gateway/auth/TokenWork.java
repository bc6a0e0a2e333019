package dev.sluice.gateway.auth;

import java.util.concurrent.atomic.LongAdder;

/**
 * What has been done for tokens of other issuers: what a stranger can make the gateway do, counted. Thread: any.
 *
 * @param signatureChecks signatures that were checked
 * @param keyFetches how often an issuer was asked for its keys
 */
record TokenWork(LongAdder signatureChecks, LongAdder keyFetches) {
    TokenWork() {
        this(new LongAdder(), new LongAdder());
    }
}
