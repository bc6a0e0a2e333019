@NullMarked
package dev.sluice.gateway.redis;

import org.jspecify.annotations.NullMarked;
