/**
 * Tells the operators: metrics and the access log.
 */
@NullMarked
package dev.sluice.gateway.observe;

import org.jspecify.annotations.NullMarked;
