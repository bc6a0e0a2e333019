/**
 * Starts and stops everything; the only place where parts are joined, in order of dependency, with {@code new}.
 */
@NullMarked
package dev.sluice.gateway;

import org.jspecify.annotations.NullMarked;
