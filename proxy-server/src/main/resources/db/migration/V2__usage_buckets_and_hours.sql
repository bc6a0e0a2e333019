-- What is paid for, in buckets that share no token; and hours, so that reports over months need not read every call.

ALTER TABLE sluice.usage_event
    ADD COLUMN in_text         bigint,
    ADD COLUMN in_cached       bigint,
    ADD COLUMN in_write_5m     bigint,
    ADD COLUMN in_write_1h     bigint,
    ADD COLUMN in_audio        bigint,
    ADD COLUMN in_cached_audio bigint,
    ADD COLUMN in_image        bigint,
    ADD COLUMN out_text        bigint,
    ADD COLUMN out_reasoning   bigint,
    ADD COLUMN out_audio       bigint,
    ADD COLUMN out_image       bigint,
    ADD COLUMN web_searches    bigint,
    ADD COLUMN lower_bound     bool NOT NULL DEFAULT false,
    ADD COLUMN service_tier    text;

COMMENT ON COLUMN sluice.usage_event.in_text IS 'Plain prompt tokens. The in_ columns add up to input_tokens, the out_ columns to output_tokens.';
COMMENT ON COLUMN sluice.usage_event.lower_bound IS 'The model may have been billed for more than could be counted: hidden reasoning.';
COMMENT ON COLUMN sluice.usage_event.service_tier IS 'The tier in which the provider said it served the request.';

-- One row for each hour and combination; filled from newly stored rows of usage_event, in the same transaction. Text is
-- never NULL here, for NULLs are distinct in a key.
CREATE TABLE sluice.usage_hourly (
    hour                   timestamptz NOT NULL,
    key_id                 text        NOT NULL DEFAULT '',
    team_id                text        NOT NULL DEFAULT '',
    provider               text        NOT NULL,
    requested_model        text        NOT NULL DEFAULT '',
    endpoint               text        NOT NULL,
    status                 text        NOT NULL,
    requests               bigint      NOT NULL,
    input_tokens           bigint      NOT NULL,
    cached_tokens          bigint      NOT NULL,
    cache_write_tokens     bigint      NOT NULL,
    output_tokens          bigint      NOT NULL,
    reasoning_tokens       bigint      NOT NULL,
    cost_nano              bigint      NOT NULL,
    -- Rows whose usage is known and whose cost is not.
    unpriced               bigint      NOT NULL,
    -- Rows of which at least a part was counted or estimated by the gateway.
    estimated              bigint      NOT NULL,
    -- Over rows with both figures: how far the gateway's counts are from the provider's.
    compared_input         bigint      NOT NULL,
    compared_counted_input bigint      NOT NULL,
    compared_output        bigint      NOT NULL,
    compared_counted_output bigint     NOT NULL,
    PRIMARY KEY (hour, key_id, team_id, provider, requested_model, endpoint, status)
    -- Room on each page for the new versions of rows that are added to ten times a second.
) WITH (fillfactor = 50);

COMMENT ON TABLE sluice.usage_hourly IS 'Sums over usage_event by hour; cost_nano over the priced rows.';

-- What was stored before there were hours; nothing had been counted then.
INSERT INTO sluice.usage_hourly
SELECT to_timestamp(floor(extract(epoch FROM started_at) / 3600) * 3600),
       coalesce(key_id, ''), coalesce(team_id, ''), provider, coalesce(requested_model, ''), endpoint, status,
       count(*),
       sum(coalesce(input_tokens, 0)), sum(coalesce(cached_tokens, 0)), sum(coalesce(cache_write_tokens, 0)),
       sum(coalesce(output_tokens, 0)), sum(coalesce(reasoning_tokens, 0)), sum(coalesce(cost_nano, 0)),
       count(*) FILTER (WHERE cost_nano IS NULL AND usage_source <> 'none'),
       0, 0, 0, 0, 0
FROM sluice.usage_event
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- Which prices a row was priced with: the whole catalogue as it was read.
CREATE TABLE sluice.price_version (
    id         bigint      PRIMARY KEY,
    catalogue  text        NOT NULL,
    overrides  text,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE sluice.price_version IS 'Price catalogues that priced rows; id is usage_event.price_version.';

-- Attaching a partition locks the default one: the wait behind a long report is short, for others wait behind it.
ALTER FUNCTION sluice.ensure_usage_partition(date) SET lock_timeout = '1s';

-- Drops the oldest partitions of days before the given one, a few at a time, and the default partition's rows of such
-- days; 0 when there is nothing left to drop. Dropping keeps everybody off the whole table: whoever waits for that behind
-- a long report holds up all others, so the wait is short and the caller comes again.
CREATE FUNCTION sluice.drop_usage_partitions(before date) RETURNS integer
    LANGUAGE plpgsql
    SET lock_timeout = '1s' AS
$$
DECLARE
    partition text;
    dropped   integer := 0;
BEGIN
    -- Several gateways look every hour. The lock is the one under which partitions are made.
    PERFORM pg_advisory_xact_lock(hashtext('sluice.ensure_usage_partition'));
    DELETE FROM sluice.usage_event_default WHERE started_at < before::timestamp AT TIME ZONE 'UTC';
    FOR partition IN
        SELECT c.relname
        FROM pg_inherits i
                 JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'sluice.usage_event'::regclass
          AND c.relname ~ '^usage_event_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
        ORDER BY c.relname
        LIMIT 8
    LOOP
        EXECUTE format('DROP TABLE sluice.%I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
