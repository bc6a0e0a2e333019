/**
 * The operators' API, on its own port. Virtual threads.
 */
@NullMarked
package dev.sluice.gateway.admin;

import org.jspecify.annotations.NullMarked;
