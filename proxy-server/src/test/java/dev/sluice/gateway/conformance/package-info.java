/**
 * The official client libraries against providers of every dialect, through the gateway: a provider that gives the same
 * answers in the words of each wire format, clients that say what they heard, and the matrix of both.
 *
 * <p>The provider depends on the JDK alone, so that {@code scripts/conformance} can start it for clients of other
 * languages.
 */
@NullMarked
package dev.sluice.gateway.conformance;

import org.jspecify.annotations.NullMarked;
