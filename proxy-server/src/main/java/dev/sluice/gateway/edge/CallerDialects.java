package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The dialects that callers speak, by wire format. Immutable. Thread: any. */
public final class CallerDialects {
    private final Map<WireFormat, InboundDialect> byFormat = new EnumMap<>(WireFormat.class);

    /** @param dialects one for each wire format; OpenAI's among them, which is spoken where nothing tells */
    public CallerDialects(List<InboundDialect> dialects) {
        for (InboundDialect dialect : dialects) {
            byFormat.put(dialect.wireFormat(), dialect);
        }
        of(WireFormat.OPENAI);
    }

    InboundDialect of(WireFormat format) {
        return Objects.requireNonNull(byFormat.get(format), () -> "no caller speaks " + format);
    }

    /** What a caller probably speaks who asks for something that all dialects have, or for nothing that exists. */
    InboundDialect guess(String path, HttpHeaders headers) {
        WireFormat format = WireFormat.OPENAI;
        if (headers.contains("anthropic-version") || path.startsWith("/v1/messages")) {
            format = WireFormat.ANTHROPIC;
        } else if (path.startsWith(Route.GEMINI_PREFIX)) {
            format = WireFormat.GEMINI;
        }
        InboundDialect guessed = byFormat.get(format);
        return guessed == null ? of(WireFormat.OPENAI) : guessed;
    }
}
