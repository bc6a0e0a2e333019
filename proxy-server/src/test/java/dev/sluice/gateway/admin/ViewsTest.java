package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.store.AuditLog;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeySettings;
import dev.sluice.gateway.store.TeamRow;
import dev.sluice.gateway.store.UserRow;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API shows and the audit log keeps cannot hold a secret, because there is no place for one in its types. */
class ViewsTest {
    private static final Set<String> TELLING = Set.of("digest", "secret", "password", "hash", "salt", "credential");

    /** With a place for what must not be seen. */
    record Indiscreet(String id, KeyDigest digest) {}

    record Chatty(Secret secret) {}

    @ParameterizedTest
    @ValueSource(
            classes = {
                KeyView.class,
                UserView.class,
                TeamView.class,
                BudgetView.class,
                AuditView.class,
                MeApi.MeView.class,
                KeyRow.class,
                UserRow.class,
                TeamRow.class,
                AuditLog.Row.class
            })
    void haveNoPlaceForASecret(Class<? extends Record> view) {
        assertThat(indiscretions(view, new HashSet<>())).isEmpty();
    }

    @Test
    void theSameLookFindsWhatIsIndiscreet() {
        assertThat(indiscretions(Indiscreet.class, new HashSet<>())).hasSize(2);
        assertThat(indiscretions(Chatty.class, new HashSet<>())).hasSize(2);
    }

    @Test
    void whatIsNoTextNumberOrTimeIsNotWritten() {
        KeyDigest digest = new KeyDigest(new byte[32]);

        assertThatIllegalStateException().isThrownBy(() -> Json.text(new Indiscreet("a", digest)));
        assertThatIllegalStateException().isThrownBy(() -> Json.text(new Chatty(new Secret("s"))));
    }

    /** Each component whose type or name is that of a secret. */
    private static List<String> indiscretions(Class<?> view, Set<Class<?>> seen) {
        List<String> found = new ArrayList<>();
        if (!seen.add(view)) {
            return found;
        }
        for (RecordComponent component : view.getRecordComponents()) {
            String name = view.getSimpleName() + "." + component.getName();
            for (String word : TELLING) {
                boolean boolHasPassword = component.getType() == boolean.class;
                if (component.getName().toLowerCase(Locale.ROOT).contains(word) && !boolHasPassword) {
                    found.add(name + " is called so");
                }
            }
            for (Class<?> type : typesIn(component.getGenericType())) {
                if (type.isRecord() && type != FreeJson.class) {
                    found.addAll(indiscretions(type, seen));
                } else if (!type.isEnum() && !Json.TYPES.contains(type)) {
                    found.add(name + " is a " + type);
                }
            }
        }
        return found;
    }

    private static List<Class<?>> typesIn(Type type) {
        if (type instanceof ParameterizedType generic) {
            List<Class<?>> types = new ArrayList<>();
            for (Type argument : generic.getActualTypeArguments()) {
                types.addAll(typesIn(argument));
            }
            return types;
        }
        return List.of((Class<?>) type);
    }

    @Test
    void settingsOfAKeyAreLookedAtAsWell() {
        Set<Class<?>> seen = new HashSet<>();
        indiscretions(KeyRow.class, seen);

        assertThat(seen).contains(KeySettings.class);
    }
}
