/**
 * What PostgreSQL remembers: the database itself, its migrations.
 */
@NullMarked
package dev.sluice.gateway.store;

import org.jspecify.annotations.NullMarked;
