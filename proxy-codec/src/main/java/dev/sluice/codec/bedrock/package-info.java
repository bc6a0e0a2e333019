/**
 * Amazon Bedrock's Converse, of providers only: one interface for the models of many makers, with binary frames in place
 * of events.
 *
 * <p>{@link dev.sluice.codec.bedrock.BedrockProvider} is the way in; everything else is behind it. Who signs requests
 * instead of sending a key does so where they are sent. Thread: event loop.
 */
@NullMarked
package dev.sluice.codec.bedrock;

import org.jspecify.annotations.NullMarked;
