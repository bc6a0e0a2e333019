package dev.sluice.gateway.usage;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The figures of a report, in the order in which they are shown, by the names that every form of it has. Thread: any. */
public enum UsageFigure {
    REQUESTS(UsageSums::requests),
    INPUT_TOKENS(UsageSums::inputTokens),
    CACHED_TOKENS(UsageSums::cachedTokens),
    CACHE_WRITE_TOKENS(UsageSums::cacheWriteTokens),
    OUTPUT_TOKENS(UsageSums::outputTokens),
    REASONING_TOKENS(UsageSums::reasoningTokens),
    COST_NANO(UsageSums::costNano),
    COST_USD(UsageSums::costUsd),
    CACHED_SHARE(UsageSums::cachedShare),
    UNPRICED(UsageSums::unpriced),
    UNPRICED_SHARE(UsageSums::unpricedShare),
    ESTIMATED(UsageSums::estimated),
    ESTIMATED_SHARE(UsageSums::estimatedShare),
    ERRORS(UsageSums::errors),
    COMPARED_INPUT_TOKENS(sums -> sums.input().reported()),
    COUNTED_INPUT_TOKENS(sums -> sums.input().counted()),
    INPUT_DRIFT(sums -> sums.input().drift()),
    COMPARED_OUTPUT_TOKENS(sums -> sums.output().reported()),
    COUNTED_OUTPUT_TOKENS(sums -> sums.output().counted()),
    OUTPUT_DRIFT(sums -> sums.output().drift());

    public static final List<UsageFigure> ALL = List.of(values());
    /** What a caller is told about itself: how well the gateway counts is the operators' concern. */
    static final List<UsageFigure> FOR_CALLERS = List.copyOf(EnumSet.range(REQUESTS, ERRORS));

    private final Function<UsageSums, @Nullable Object> figure;

    UsageFigure(Function<UsageSums, @Nullable Object> figure) {
        this.figure = figure;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As text, in full; empty when it is not known. */
    public String text(UsageSums sums) {
        Object value = figure.apply(sums);
        return switch (value) {
            case null -> "";
            case BigDecimal share -> share.toPlainString();
            default -> value.toString();
        };
    }

    /** Writes {@code figures} as members of the object that is open. */
    public static void write(JsonGenerator json, List<UsageFigure> figures, UsageSums sums) throws IOException {
        for (UsageFigure figure : figures) {
            json.writeFieldName(figure.label());
            switch (figure.figure.apply(sums)) {
                case null -> json.writeNull();
                case Long number -> json.writeNumber(number);
                case BigDecimal share -> json.writeNumber(share.toPlainString());
                case Object text -> json.writeString(text.toString());
            }
        }
    }
}
