/**
 * The built-in demo provider: speaks the OpenAI dialect on a loopback port, so that the first request streams without
 * any key.
 *
 * <p>To the gateway it is a provider like any other, reached over a socket through the same pool, relay and metering;
 * nothing in the engine knows of it. It is no model and says so. Thread: event loop.
 */
@NullMarked
package dev.sluice.gateway.demo;

import org.jspecify.annotations.NullMarked;
