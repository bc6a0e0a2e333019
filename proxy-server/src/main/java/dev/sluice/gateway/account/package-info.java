/**
 * People: they register, log in, stay logged in, and log out. Answers what the edge is asked under {@code /auth}, and makes
 * the tokens by which {@code auth} knows them afterwards. Hashes passwords and asks the database, so nothing here runs on
 * an event loop. Thread: virtual ones of its own.
 */
@NullMarked
package dev.sluice.gateway.account;

import org.jspecify.annotations.NullMarked;
