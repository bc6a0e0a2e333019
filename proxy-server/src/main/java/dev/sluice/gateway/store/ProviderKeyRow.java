package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.SealedSecret;
import java.time.Instant;

/** A provider's key as the database has it. */
public record ProviderKeyRow(String name, SealedSecret sealed, long version, Instant createdAt, Instant updatedAt) {}
