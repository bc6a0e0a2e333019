/**
 * What a token costs: the shipped catalogue, the operator's rows over it, and arithmetic with money.
 *
 * <p>Read at the start; an immutable snapshot afterwards. Thread: any.
 */
@NullMarked
package dev.sluice.gateway.price;

import org.jspecify.annotations.NullMarked;
