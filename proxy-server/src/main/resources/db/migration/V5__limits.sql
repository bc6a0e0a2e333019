-- How much: amounts that operators give out while gateways run. What is in the configuration is not here.

CREATE TABLE sluice.budget (
    id         text        PRIMARY KEY,
    team_id    text        REFERENCES sluice.team ON DELETE CASCADE,
    name       text        NOT NULL,
    subject    text        NOT NULL,
    value      text,
    measure    text        NOT NULL
        CHECK (measure IN ('requests', 'tokens', 'input_tokens', 'output_tokens', 'cost')),
    amount     bigint      NOT NULL CHECK (amount >= 0),
    period     text        NOT NULL
        CHECK (period IN ('second', 'minute', 'hour', 'day', 'week', 'month', 'total')),
    calendar   bool        NOT NULL,
    time_zone  text,
    strict     bool        NOT NULL DEFAULT false,
    warn       int[]       NOT NULL DEFAULT '{80,100}',
    enabled    bool        NOT NULL DEFAULT true,
    version    bigint      NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN sluice.budget.team_id IS 'The tenant whose callers it is for; NULL: everybody''s.';
COMMENT ON COLUMN sluice.budget.subject IS 'By what callers are told apart: key, user, end_user, team, tier, ip, session, provider, model, tag:<name>; or all.';
COMMENT ON COLUMN sluice.budget.value IS 'Of the subject, for which alone it is; NULL: each value has the amount for itself.';
COMMENT ON COLUMN sluice.budget.amount IS 'Requests, tokens or nano-dollars.';
COMMENT ON COLUMN sluice.budget.time_zone IS 'Whose calendar; NULL: that of the configuration.';

CREATE UNIQUE INDEX budget_name ON sluice.budget (coalesce(team_id, ''), name);

CREATE TRIGGER budget_announced AFTER INSERT OR UPDATE OR DELETE ON sluice.budget
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.announce_identity();
