/**
 * Who asks, and may they. Immutable snapshots; thread: any.
 */
@NullMarked
package dev.sluice.gateway.auth;

import org.jspecify.annotations.NullMarked;
