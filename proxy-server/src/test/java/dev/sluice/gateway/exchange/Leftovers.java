package dev.sluice.gateway.exchange;

import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.route.Ask;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds what a used object of this room, or a part of it, has in its fields that a new one has not. */
final class Leftovers {
    /** Set whole by whoever uses them next, before anybody reads them. */
    private static final Set<Class<?>> FILLED_ANEW = Set.of(Grant.class, Ask.class, StringBuilder.class);

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<String> found = new ArrayList<>();

    private Leftovers() {}

    /** The differences, each with its path. */
    static List<String> of(Object used, Object unused) {
        Leftovers leftovers = new Leftovers();
        leftovers.compare(used.getClass().getSimpleName(), used, unused);
        return leftovers.found;
    }

    private void compare(String path, @Nullable Object used, @Nullable Object unused) {
        if (used == unused || FILLED_ANEW.contains(used == null ? Void.class : used.getClass())) {
            return;
        }
        if (used == null || unused == null || !isPart(used)) {
            if (!Objects.equals(used, unused)) {
                found.add(path + " is " + used + ", of a new one " + unused);
            }
            return;
        }
        if (!seen.add(used)) {
            return;
        }
        for (Class<?> type = used.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    compare(path + "." + field.getName(), value(field, used), value(field, unused));
                }
            }
        }
    }

    /** Whether it is made for an exchange, and compared by what is in it. */
    private static boolean isPart(Object value) {
        return value.getClass().getName().startsWith("dev.sluice.gateway.")
                && !value.getClass().isEnum()
                && !value.getClass().isRecord()
                && !value.getClass().isHidden();
    }

    private static @Nullable Object value(Field field, Object of) {
        try {
            field.setAccessible(true);
            Object value = field.get(of);
            // A lambda of the object's own: the same for each of them, and never changed.
            return value != null && value.getClass().isHidden() && Modifier.isFinal(field.getModifiers())
                    ? null
                    : value;
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
