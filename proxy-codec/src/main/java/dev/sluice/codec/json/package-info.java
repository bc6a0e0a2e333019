/**
 * The only room that knows Jackson: scanning JSON without a tree, splicing it without re-serialising. HOT.
 */
@NullMarked
package dev.sluice.codec.json;

import org.jspecify.annotations.NullMarked;
