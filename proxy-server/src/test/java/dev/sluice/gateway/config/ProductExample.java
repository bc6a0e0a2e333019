package dev.sluice.gateway.config;

import java.util.Map;

/** A file that uses every option there is, those of later versions included. */
final class ProductExample {
    static final String CANARY = "canary-4711";

    static final Map<String, String> ENVIRONMENT = Map.of(
            "SLUICE_ADMIN_TOKEN", "token-" + CANARY,
            "DATABASE_URL", "postgres://u:" + CANARY + "@db:5432/sluice",
            "REDIS_URL", "redis://:" + CANARY + "@redis:6379",
            "OPENAI_API_KEY", "sk-" + CANARY,
            "AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/",
            "AZURE_OPENAI_API_KEY", "az-" + CANARY,
            "GROQ_A", "gsk-a-" + CANARY,
            "GROQ_B", "gsk-b-" + CANARY,
            "HOOK", "hook-" + CANARY);

    static final String YAML = """
            server:
              listen: 0.0.0.0:8080              # data plane
              transport: auto                   # auto | epoll | io_uring | nio
              threads: 2
              drain: 45s
              cors: { origins: ["https://app.example"] }
              limits:
                request_line: 8KiB
                headers: 32KiB
                header_count: 50
                body: 8MiB
                json_depth: 32
                header_timeout: 5s
                body_timeout: 1m
                keep_alive: 90s
                max_connections: 1000
            admin:
              listen: 127.0.0.1:8081
              token: ${SLUICE_ADMIN_TOKEN}
            auth: { mode: keys }
            database: { url: "${DATABASE_URL}" }
            redis:    { url: "${REDIS_URL}" }
            data_dir: ./data

            providers:
              openai: { dialect: openai,    base_url: https://api.openai.com/v1, api_key: "${OPENAI_API_KEY}" }
              azure:  { dialect: azure,     base_url: "${AZURE_OPENAI_ENDPOINT}", api_version: v1, api_key: "${AZURE_OPENAI_API_KEY}" }
              groq:   { dialect: openai, quirks: groq, base_url: https://api.groq.com/openai/v1, api_keys: ["${GROQ_A}", "${GROQ_B}"], timeouts: { connect: 1s, idle: 7s } }
              local:  { dialect: openai,    base_url: http://127.0.0.1:11434/v1, allow_private: true, breaker: { failures: 3, ratio: 25%, requests: 40, window: 20s, open: 30s, slow: 8s } }

            models:
              gpt-4o-mini: openai/gpt-4o-mini
              gpt-4: groq/meta-llama/llama-4
              "gpt-*": "openai/*"
              chat:
                route: weighted
                targets:
                  - { model: openai/gpt-4o-mini, weight: 3 }
                  - { model: groq/llama-3.3-70b-versatile }
                timeouts: { connect: 4s, first_token: 21s, idle: 61s, total: 11m }
                retry: { attempts: 2, backoff: 50ms, hold: 2s }
                hedge: { after: p90, budget: 2.5% }
                mirror: { model: local/llama, share: 0.5% }
              any:
                route: auto
                auto: { cost: 80% }
                targets:
                  - { model: openai/gpt-4o, tools: true, vision: true, json_schema: true, reasoning: false, context: 128000, region: us-east-1 }
                  - { model: local/llama, tools: false }
                hedge: { after: 700ms }
                on_client_abort: drain
            usage:
              on_client_abort: drain
              durability: fsync
              retention: 500d
            keys:
              - { name: ci, hash: "hmac-sha256:Ab3dEf9h:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", models: ["gpt-*"], limits: { rpm: 60, rpd: 1k, tpm: 100k, tpd: 1m, concurrent: 5, budget: [10/month, 0.50/day] } }
            limits:
              time_zone: Asia/Jerusalem
              nodes: 3
              webhook: { url: "https://hooks.example/${HOOK}", secret: "${HOOK}" }
              threats: { enabled: false, halve_at: 40, block_at: 400, block: 1h, half_life: 1m }
              rules:
                - name: free messages
                  for: { tiers: [free], models: ["gpt-*"], tags: { project: search } }
                  per: user
                  requests: 10/day
                  time_zone: Europe/Berlin
                - { name: standard, per: [key, "tag:project"], requests: 600/minute, burst: 50, tokens: [200k/minute, 5m/day], input_tokens: 1m/hour, output_tokens: 9/second, cost: [0.10/day, 12.000000001/total], concurrent: 200, max_tokens: 4096, request_size: 1MiB, strict: true, queue: 5s, warn: [100, 50, 80] }
            """;

    private ProductExample() {}
}
