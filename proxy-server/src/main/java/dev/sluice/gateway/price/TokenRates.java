package dev.sluice.gateway.price;

/**
 * What the tokens of a call are going to cost, before it is known which of them come out of a cache. In nano-dollars for a
 * million of them. Immutable; thread: any.
 */
public record TokenRates(long input, long output) {}
