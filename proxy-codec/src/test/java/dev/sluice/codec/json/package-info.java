/** Tests of the JSON room, and the generator of random bodies that other rooms' tests use too. */
@NullMarked
package dev.sluice.codec.json;

import org.jspecify.annotations.NullMarked;
