package dev.sluice.gateway.config;

/** Where a configuration comes from, and can be had again. Thread: any; reads files. */
@FunctionalInterface
public interface ConfigSource {

    /** @throws ConfigException with every problem that was found */
    Loaded load() throws ConfigException;
}
