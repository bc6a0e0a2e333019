/**
 * What a token costs: the shipped catalogue, the operator's rows over it, and arithmetic with money.
 *
 * <p>{@code PriceBook} answers for an attempt by walking down: {@code Catalogue} (which model) to {@code Price} (which
 * version) to {@code Window} (which hours) to {@code Tariffs} (which service tier) to {@code Tariff} (how long a prompt)
 * to {@code Rates} (how many of what). {@code PriceFile} and the readers beside it make these of YAML, strictly; regions
 * and other factors are worked into the rates there, so that the walk needs no arithmetic but one sum.
 *
 * <p>Read at the start; an immutable snapshot afterwards. {@code PriceBook.cost} is called on event loops: it neither
 * blocks nor allocates. Thread: any.
 */
@NullMarked
package dev.sluice.gateway.price;

import org.jspecify.annotations.NullMarked;
