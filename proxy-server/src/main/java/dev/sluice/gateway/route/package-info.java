/**
 * Which target serves a model. Immutable snapshots; thread: any.
 */
@NullMarked
package dev.sluice.gateway.route;

import org.jspecify.annotations.NullMarked;
