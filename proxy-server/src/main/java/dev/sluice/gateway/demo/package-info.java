/**
 * The built-in demo provider: speaks the OpenAI dialect on a loopback port, so that the first request streams without any key.
 */
@NullMarked
package dev.sluice.gateway.demo;

import org.jspecify.annotations.NullMarked;
