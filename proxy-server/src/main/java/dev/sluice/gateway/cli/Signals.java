package dev.sluice.gateway.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Signals of the operating system. What the JVM makes of SIGTERM by itself, its shutdown, can be told only once, runs all
 * hooks at the same time, and ends with exit code 143.
 *
 * <p>{@code sun.misc.Signal} is the JDK's only door to them. It is exported for good (JEP 260), but a compiler that is told
 * to accept no warning does not let it pass by name. Thread: any; actions run on threads of the JVM's.
 */
final class Signals {
    private Signals() {}

    /**
     * From now on {@code action} is what {@code signal} does.
     *
     * @param signal without {@code SIG}
     * @return false when this JVM keeps the signal for itself ({@code -Xrs}), or does not know it
     */
    static boolean on(String signal, Runnable action) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object acting = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getDeclaringClass() == handler) {
                            action.run();
                            return null;
                        }
                        return ofObject(self, method, arguments);
                    });
            type.getMethod("handle", type, handler)
                    .invoke(null, type.getConstructor(String.class).newInstance(signal), acting);
            return true;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return false;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Which object it is, is all there is to compare. */
    @SuppressWarnings("ReferenceEquality")
    private static Object ofObject(Object self, Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            default -> "what a signal does";
        };
    }
}
