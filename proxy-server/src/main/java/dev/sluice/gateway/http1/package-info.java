/**
 * HTTP/1.1 on bytes, for both sides of the wire: {@link FieldLines}, {@link FieldParser}, {@link ChunkedDecoder},
 * {@link ChunkFrame}. HOT. Enters no other room.
 */
@NullMarked
package dev.sluice.gateway.http1;

import org.jspecify.annotations.NullMarked;
