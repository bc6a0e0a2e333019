/**
 * What the operator wrote, checked. Immutable records; imports no other room.
 */
@NullMarked
package dev.sluice.gateway.config;

import org.jspecify.annotations.NullMarked;
