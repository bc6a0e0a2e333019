/**
 * Which target serves a model, and how the targets are doing.
 *
 * <p>A {@link dev.sluice.gateway.route.RouteTable} finds the {@link dev.sluice.gateway.route.Route} that a name stands for;
 * both are snapshots of one configuration. A request's {@link dev.sluice.gateway.route.Plan} gives it one target after the
 * other. What is learnt from how they answer is kept in {@link dev.sluice.gateway.route.TargetHealth} and in the route's
 * state, which all event loops share without locks and which outlive the snapshot. Thread: any, but for the plan, which
 * belongs to its exchange.
 */
@NullMarked
package dev.sluice.gateway.route;

import org.jspecify.annotations.NullMarked;
