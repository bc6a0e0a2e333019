-- Usage: one row for each attempt at a provider. Append only, one partition for each UTC day. The schema is there already:
-- the history of the migrations lives in it.

CREATE TABLE sluice.usage_event (
    event_id            uuid        NOT NULL,
    started_at          timestamptz NOT NULL,
    request_id          text        NOT NULL,
    attempt             smallint    NOT NULL,
    key_id              text,
    team_id             text,
    end_user            text,
    tags                jsonb,
    endpoint            text        NOT NULL,
    requested_model     text,
    provider            text        NOT NULL,
    upstream_model      text        NOT NULL,
    stream              bool        NOT NULL,
    status              text        NOT NULL,
    http_status         smallint,
    input_tokens        bigint,
    cached_tokens       bigint,
    cache_write_tokens  bigint,
    output_tokens       bigint,
    reasoning_tokens    bigint,
    counted_input       bigint,
    counted_output      bigint,
    usage_source        text        NOT NULL,
    cost_nano           bigint,
    price_version       bigint,
    ttft_ms             int,
    duration_ms         int,
    provider_request_id text,
    -- PostgreSQL wants the partition column in every unique key; started_at never changes for an event_id.
    PRIMARY KEY (event_id, started_at)
) PARTITION BY RANGE (started_at);

COMMENT ON TABLE sluice.usage_event IS 'One row for each attempt at a provider; append only.';
COMMENT ON COLUMN sluice.usage_event.input_tokens IS 'All prompt tokens, cached and cache-write ones included; NULL: unknown.';
COMMENT ON COLUMN sluice.usage_event.output_tokens IS 'All generated tokens, reasoning included; NULL: unknown.';
COMMENT ON COLUMN sluice.usage_event.cost_nano IS 'Nano-dollars; NULL: unpriced. 0 means free, never unknown.';
COMMENT ON COLUMN sluice.usage_event.price_version IS 'Which price catalogue: its date (yyyymmdd) and, in the last ten digits, its CRC-32.';

CREATE INDEX usage_event_started ON sluice.usage_event (started_at);
CREATE INDEX usage_event_key ON sluice.usage_event (key_id, started_at);
CREATE INDEX usage_event_model ON sluice.usage_event (requested_model, started_at);

-- Catches what no day's partition takes, so that a row is never refused for its date.
CREATE TABLE sluice.usage_event_default PARTITION OF sluice.usage_event DEFAULT;

-- Makes the partition of one UTC day; true when it did. Rows of that day that the default partition caught meanwhile
-- move along, for PostgreSQL refuses to attach a partition whose rows lie in the default one. Attaching, unlike
-- CREATE TABLE ... PARTITION OF, lets readers and writers of the other partitions go on.
CREATE FUNCTION sluice.ensure_usage_partition(day date) RETURNS boolean
    LANGUAGE plpgsql AS
$$
DECLARE
    partition text        := 'usage_event_' || to_char(day, 'YYYYMMDD');
    day_begin timestamptz := day::timestamp AT TIME ZONE 'UTC';
    day_end   timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass('sluice.' || partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Several gateways reach midnight together.
    PERFORM pg_advisory_xact_lock(hashtext('sluice.ensure_usage_partition'));
    IF to_regclass('sluice.' || partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE sluice.%I (LIKE sluice.usage_event INCLUDING DEFAULTS)', partition);
    IF EXISTS (SELECT FROM sluice.usage_event_default WHERE started_at >= day_begin AND started_at < day_end) THEN
        LOCK TABLE sluice.usage_event_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format(
            'WITH moved AS (DELETE FROM sluice.usage_event_default WHERE started_at >= $1 AND started_at < $2 RETURNING *)'
            || ' INSERT INTO sluice.%I SELECT * FROM moved', partition)
            USING day_begin, day_end;
    END IF;
    EXECUTE format('ALTER TABLE sluice.usage_event ATTACH PARTITION sluice.%I FOR VALUES FROM (%L) TO (%L)',
        partition, day_begin, day_end);
    RETURN true;
END
$$;

-- Rows that PostgreSQL refuses for what they hold. Kept whole, so that nothing is lost and a person can look.
CREATE TABLE sluice.usage_dead_letter (
    event_id   uuid        PRIMARY KEY,
    error      text        NOT NULL,
    payload    jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
