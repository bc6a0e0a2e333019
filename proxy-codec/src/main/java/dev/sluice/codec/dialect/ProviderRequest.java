package dev.sluice.codec.dialect;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A request in the provider's dialect.
 *
 * @param body the whole body; whoever holds the record releases it
 * @param dropped what the caller asked for and this dialect cannot say, by the caller's names of the members
 */
public record ProviderRequest(ByteBuf body, List<String> dropped) {}
