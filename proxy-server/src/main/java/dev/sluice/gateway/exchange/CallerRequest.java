package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.RequestReader;

/**
 * What a caller asks for, in its own words. Thread: event loop.
 *
 * @param reader knows what the gateway must know of the body; its owner closes it
 * @param body as it came; its owner releases it, at the first content of an answer at the latest
 */
record CallerRequest(CallHead head, CallPath path, RequestReader reader, RequestBody body) {}
