package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonText;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prints what a request means, for golden files: a line for each part, slices as they stand. What the caller did not
 * say is left out: nulls, empty lists, {@code false}, -1, one candidate.
 *
 * <pre>
 * stream
 * messages
 *   Message role=USER
 *     Text text="Hi"
 *     Image media=Url(url="https://a.example/b.png") detail="low"
 * tools
 *   Function name="look" parameters={"type":"object"}
 * sampling Sampling(temperature=0.50)
 * maxOutputTokens 100
 * others
 *   logit_bias {"50256":-100}
 * </pre>
 */
public final class ChatRequestText {
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();

    private ChatRequestText() {}

    /** The members of the request, each on a line of its own. */
    public static String of(ChatRequest request) {
        return members(request);
    }

    public static String of(EmbeddingRequest request) {
        return members(request);
    }

    private static String members(Record request) {
        ChatRequestText printer = new ChatRequestText();
        for (RecordComponent component : request.getClass().getRecordComponents()) {
            Object value = value(request, component);
            boolean unsaid = Sampling.UNSAID.equals(value)
                    || (component.getName().equals("candidates")
                            && Integer.valueOf(1).equals(value));
            if (unsaid || isUnsaid(component, value)) {
                continue;
            }
            printer.text.append(component.getName());
            if (value instanceof List<?> list) {
                printer.text.append('\n');
                printer.list(list, INDENT);
            } else {
                printer.text
                        .append(Boolean.TRUE.equals(value) ? "" : " " + inline(value))
                        .append('\n');
            }
        }
        return printer.text.toString();
    }

    private void list(List<?> list, String indent) {
        for (Object element : list) {
            if (element instanceof JsonSlice.Member(String name, JsonSlice value)) {
                text.append(indent)
                        .append(name)
                        .append(' ')
                        .append(value.json())
                        .append('\n');
            } else if (element instanceof Record record) {
                record(record, indent);
            } else {
                text.append(indent).append(inline(element)).append('\n');
            }
        }
    }

    private void record(Record record, String indent) {
        text.append(indent).append(record.getClass().getSimpleName());
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(record, component);
            if (!(value instanceof List<?>) && !isUnsaid(component, value)) {
                text.append(' ').append(component.getName()).append('=').append(inline(value));
            }
        }
        text.append('\n');
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            if (value(record, component) instanceof List<?> list) {
                list(list, indent + INDENT);
            }
        }
    }

    private static String inline(@Nullable Object value) {
        return switch (value) {
            case JsonSlice slice -> slice.json();
            case String string -> new String(JsonText.quoted(string), StandardCharsets.UTF_8);
            case Record record -> {
                StringBuilder members = new StringBuilder();
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    Object member = value(record, component);
                    if (!isUnsaid(component, member)) {
                        members.append(members.isEmpty() ? "" : " ")
                                .append(component.getName())
                                .append('=')
                                .append(inline(member));
                    }
                }
                yield record.getClass().getSimpleName() + '(' + members + ')';
            }
            case List<?> list ->
                list.stream().map(ChatRequestText::inline).toList().toString();
            case null -> "null";
            default -> value.toString();
        };
    }

    /** A {@code Boolean} that may be null has something to say also when it is false. */
    private static boolean isUnsaid(RecordComponent component, @Nullable Object value) {
        return value == null
                || (value instanceof List<?> list && list.isEmpty())
                || (component.getType() == boolean.class && Boolean.FALSE.equals(value))
                || (value instanceof Number number && number.longValue() == -1);
    }

    private static @Nullable Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError(e);
        }
    }
}
