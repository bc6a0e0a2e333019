package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.route.RouteTable;

/**
 * Who may call, where calls go and what is accepted: one immutable snapshot, replaced whole. Thread: any.
 *
 * @param maxJsonDepth deepest nesting of a request body
 */
public record Rules(Authenticator authenticator, RouteTable routes, int maxJsonDepth) {}
