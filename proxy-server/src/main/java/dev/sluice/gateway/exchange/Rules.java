package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.route.RouteTable;

/** Who may call and where calls go: one immutable snapshot, replaced whole. Thread: any. */
public record Rules(Authenticator authenticator, RouteTable routes) {}
