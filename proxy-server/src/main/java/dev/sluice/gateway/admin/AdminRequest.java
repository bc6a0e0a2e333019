package dev.sluice.gateway.admin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that passed the gate. Immutable; thread: any.
 *
 * @param path decoded, without the query
 * @param parameters of the query, decoded
 */
record AdminRequest(String method, String path, Map<String, List<String>> parameters) {

    /** The one value of a parameter, or null when it is absent or empty. */
    @Nullable
    String parameter(String name) throws InvalidParameterException {
        List<String> values = parameters.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw new InvalidParameterException(
                    name, "parameter `" + name + "` is given " + values.size() + " times; once is allowed");
        }
        return values.isEmpty() || values.get(0).isEmpty() ? null : values.get(0);
    }
}
