package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Thinking;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks of a model that not every model can do. Thread: any.
 *
 * @param tools it names tools, its own or the provider's
 * @param vision it has an image in it, said by the user or given back by a tool
 * @param jsonSchema its answer is to follow a schema; any JSON at all is less than that
 * @param reasoning it asks for reasoning, however much
 */
public record ChatNeeds(boolean tools, boolean vision, boolean jsonSchema, boolean reasoning) {
    public static final ChatNeeds NONE = new ChatNeeds(false, false, false, false);

    public static ChatNeeds of(ChatRequest request) {
        return new ChatNeeds(
                !request.tools().isEmpty(),
                hasImage(request),
                request.format() instanceof OutputFormat.JsonSchema,
                asksForReasoning(request.thinking()));
    }

    private static boolean hasImage(ChatRequest request) {
        for (Message message : request.messages()) {
            if (hasImage(message.parts())) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasImage(List<Part> parts) {
        for (Part part : parts) {
            if (part instanceof Part.Image || (part instanceof Part.ToolResult result && hasImage(result.content()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean asksForReasoning(@Nullable Thinking thinking) {
        return thinking != null && !"none".equals(thinking.effort()) && thinking.budgetTokens() != 0;
    }
}
