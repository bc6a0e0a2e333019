package dev.sluice.codec.gemini;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonText;
import dev.sluice.codec.json.JsonValue;

/**
 * What a Gemini request says about itself: picks the members that the gateway acts upon out of the body. What decides
 * how much may be generated must not be said twice, for JSON leaves open which of the two counts. Thread: event loop.
 */
final class GeminiMembers implements JsonMembers {
    static final String MODEL = "model";
    static final String REQUESTS = "requests";

    private static final String CONFIG = "generationConfig";
    private static final String LIMIT = "maxOutputTokens";
    /** What tokens are counted for: a request in the request. */
    private static final String COUNTED = "generateContentRequest";

    private static final long NO_LIMIT = -1;

    private String current = "";
    private String nested = "";
    private boolean configSeen;
    private boolean limitSeen;
    private long maxOutputTokens = NO_LIMIT;
    private boolean namesModels;

    private int modelStart = -1;
    private int modelEnd;
    private int countedModelStart = -1;
    private int countedModelEnd;

    @Override
    public void onName(int depth, String name) throws JsonSyntaxException {
        String camel = GeminiNames.camel(name);
        if (depth == 1) {
            current = camel;
            if (camel.equals(CONFIG)) {
                refuseSecond(configSeen, CONFIG);
                configSeen = true;
            }
        } else {
            nested = camel;
            if (camel.equals(LIMIT) && current.equals(CONFIG)) {
                refuseSecond(limitSeen, CONFIG + "." + LIMIT);
                limitSeen = true;
            }
        }
    }

    @Override
    public void onValue(int depth, JsonKind kind, JsonValue value) {
        if (depth == 1) {
            namesModels |= current.equals(REQUESTS) && kind == JsonKind.ARRAY;
            if (current.equals(MODEL) && kind == JsonKind.STRING) {
                modelStart = value.start();
                modelEnd = value.end();
            }
        } else if (current.equals(CONFIG) && nested.equals(LIMIT)) {
            maxOutputTokens = limit(kind, value);
        } else if (current.equals(COUNTED) && nested.equals(MODEL) && kind == JsonKind.STRING) {
            countedModelStart = value.start();
            countedModelEnd = value.end();
        }
    }

    @Override
    public void onObjectEnd(int depth, int insertAt, boolean empty) {}

    /** {@code generationConfig.maxOutputTokens}; -1 without it. */
    long maxOutputTokens() {
        return maxOutputTokens;
    }

    /** Whether the body is a batch, whose requests each name the model. */
    boolean namesModels() {
        return namesModels;
    }

    /** Makes the body name {@code newModel} wherever it names one outside of a batch. */
    JsonSplice spliceModel(String newModel) {
        JsonSplice splice = new JsonSplice();
        byte[] literal = JsonText.sharedLiteral(newModel);
        if (modelStart >= 0) {
            splice.replace(modelStart, modelEnd, literal);
        }
        if (countedModelStart >= 0) {
            splice.replace(countedModelStart, countedModelEnd, literal);
        }
        return splice;
    }

    /** Numbers may also come as strings. What is no number is left to the provider to refuse. */
    private static long limit(JsonKind kind, JsonValue value) {
        if (kind == JsonKind.INTEGER && value.fitsLong()) {
            return Math.max(NO_LIMIT, value.longValue());
        }
        if (kind == JsonKind.STRING && value.hasWholeText()) {
            try {
                return Math.max(NO_LIMIT, Long.parseLong(value.text()));
            } catch (NumberFormatException e) {
                return NO_LIMIT;
            }
        }
        return NO_LIMIT;
    }

    private static void refuseSecond(boolean seen, String path) throws JsonSyntaxException {
        if (seen) {
            throw new JsonSyntaxException("'" + path + "' must be given once; it is given twice", path);
        }
    }
}
