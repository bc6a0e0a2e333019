-- Who may: teams, people, keys, their logins, and who changed what. Every object belongs to a team, its tenant.

CREATE TABLE sluice.team (
    id         text        PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    tier       text,
    enabled    bool        NOT NULL DEFAULT true,
    version    bigint      NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE sluice.team IS 'Tenants. What names no team belongs to the one that is called default.';
COMMENT ON COLUMN sluice.team.version IS 'Goes up with each change; a change says which one it was made for.';

INSERT INTO sluice.team (id, name) VALUES ('default', 'default');

CREATE TABLE sluice.app_user (
    id            text        PRIMARY KEY,
    email         text        NOT NULL,
    name          text        NOT NULL DEFAULT '',
    team_id       text        NOT NULL DEFAULT 'default' REFERENCES sluice.team,
    role          text        NOT NULL DEFAULT 'member'
        CHECK (role IN ('owner', 'admin', 'auditor', 'member', 'service')),
    tier          text        NOT NULL,
    password      text,
    issuer        text,
    subject       text,
    enabled       bool        NOT NULL DEFAULT true,
    version       bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz,
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    UNIQUE (issuer, subject)
);

COMMENT ON COLUMN sluice.app_user.password IS 'argon2id in PHC string format; NULL: cannot log in with a password.';
COMMENT ON COLUMN sluice.app_user.issuer IS 'Name of the configured issuer that knows this person, as subject.';

-- Whoever has a password is found by email; people of other issuers may have any address.
CREATE UNIQUE INDEX app_user_email ON sluice.app_user (lower(email)) WHERE issuer IS NULL;
CREATE INDEX app_user_team ON sluice.app_user (team_id, id);

-- A login. Its refresh token is made of the row and the generation with the pepper, and is not stored in any form.
CREATE TABLE sluice.user_session (
    id             text        PRIMARY KEY,
    user_id        text        NOT NULL REFERENCES sluice.app_user,
    salt           bytea       NOT NULL,
    generation     int         NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    refreshed_at   timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_reason text
);

COMMENT ON COLUMN sluice.user_session.generation IS 'Of the refresh token that is good now; an earlier one that comes again was stolen.';
CREATE INDEX user_session_user ON sluice.user_session (user_id) WHERE revoked_at IS NULL;

-- Access tokens that must not be believed any more although they have not expired. Rows go when nothing they are about can be
-- valid any more.
CREATE TABLE sluice.token_revocation (
    subject       text        PRIMARY KEY,
    issued_before timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    changed       xid8        NOT NULL DEFAULT pg_current_xact_id()
);

COMMENT ON COLUMN sluice.token_revocation.subject IS 'A session or a user; its tokens issued before the moment given are refused.';

CREATE TABLE sluice.api_key (
    id              text        PRIMARY KEY CHECK (id ~ '^[0-9A-Za-z]{8}$'),
    name            text        NOT NULL,
    team_id         text        NOT NULL DEFAULT 'default' REFERENCES sluice.team,
    owner_id        text        REFERENCES sluice.app_user,
    digest          bytea       NOT NULL CHECK (length(digest) = 32),
    pepper_id       text        NOT NULL,
    previous_digest bytea       CHECK (length(previous_digest) = 32),
    previous_until  timestamptz,
    models          text[]      NOT NULL DEFAULT '{}',
    endpoints       text[]      NOT NULL DEFAULT '{}',
    tags            jsonb       NOT NULL DEFAULT '{}',
    tier            text,
    ip_ranges       text[]      NOT NULL DEFAULT '{}',
    not_before      timestamptz,
    expires_at      timestamptz,
    enabled         bool        NOT NULL DEFAULT true,
    revoked_at      timestamptz,
    metadata        jsonb       NOT NULL DEFAULT '{}',
    version         bigint      NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    changed         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CHECK ((previous_digest IS NULL) = (previous_until IS NULL))
);

COMMENT ON COLUMN sluice.api_key.digest IS 'HMAC-SHA-256 of the key with the pepper, which is not in this database.';
COMMENT ON COLUMN sluice.api_key.pepper_id IS 'Which pepper; from its hash.';
COMMENT ON COLUMN sluice.api_key.previous_digest IS 'Of the key before it was rotated, good until previous_until.';
COMMENT ON COLUMN sluice.api_key.changed IS 'The transaction that changed it last: gateways read what changed since the oldest transaction that was open at their last look, so that one that commits late is not missed.';

CREATE INDEX api_key_changed ON sluice.api_key (changed);
CREATE INDEX api_key_team ON sluice.api_key (team_id, id);
CREATE INDEX api_key_owner ON sluice.api_key (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX token_revocation_changed ON sluice.token_revocation (changed);

-- What gateways go by, of each key: a key of a team or an owner that has been switched off is off, too.
CREATE VIEW sluice.effective_key AS
SELECT k.id, k.name, k.team_id, k.owner_id, k.digest, k.pepper_id, k.previous_digest, k.previous_until,
       k.models, k.endpoints, k.tags, coalesce(k.tier, u.tier, t.tier) AS tier, k.ip_ranges, k.not_before, k.expires_at,
       k.enabled AND t.enabled AND coalesce(u.enabled, true) AS enabled, k.revoked_at IS NOT NULL AS revoked, k.changed
FROM sluice.api_key k
         JOIN sluice.team t ON t.id = k.team_id
         LEFT JOIN sluice.app_user u ON u.id = k.owner_id;

CREATE FUNCTION sluice.mark_changed() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    NEW.changed := pg_current_xact_id();
    RETURN NEW;
END
$$;

-- One message for each transaction, however many rows it changes: PostgreSQL leaves out what is the same.
CREATE FUNCTION sluice.announce_identity() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM pg_notify('sluice_identity', '');
    RETURN NULL;
END
$$;

CREATE FUNCTION sluice.touch_keys_of_team() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE sluice.api_key SET id = id WHERE team_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION sluice.touch_keys_of_user() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE sluice.api_key SET id = id WHERE owner_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER api_key_changed BEFORE INSERT OR UPDATE ON sluice.api_key
    FOR EACH ROW EXECUTE FUNCTION sluice.mark_changed();
CREATE TRIGGER api_key_announced AFTER INSERT OR UPDATE ON sluice.api_key
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.announce_identity();
CREATE TRIGGER token_revocation_changed BEFORE INSERT OR UPDATE ON sluice.token_revocation
    FOR EACH ROW EXECUTE FUNCTION sluice.mark_changed();
CREATE TRIGGER token_revocation_announced AFTER INSERT OR UPDATE ON sluice.token_revocation
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.announce_identity();
CREATE TRIGGER team_effective AFTER UPDATE ON sluice.team
    FOR EACH ROW WHEN (OLD.enabled <> NEW.enabled OR OLD.tier IS DISTINCT FROM NEW.tier)
    EXECUTE FUNCTION sluice.touch_keys_of_team();
CREATE TRIGGER user_effective AFTER UPDATE ON sluice.app_user
    FOR EACH ROW WHEN (OLD.enabled <> NEW.enabled OR OLD.tier IS DISTINCT FROM NEW.tier)
    EXECUTE FUNCTION sluice.touch_keys_of_user();

-- Keys of providers that are kept here and not in the configuration: each under a key of its own, which is under the pepper's.
CREATE TABLE sluice.provider_key (
    id          text        PRIMARY KEY,
    wrapped_key bytea       NOT NULL,
    sealed      bytea       NOT NULL,
    version     bigint      NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER provider_key_announced AFTER INSERT OR UPDATE OR DELETE ON sluice.provider_key
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.announce_identity();

-- One row for each change, written in the transaction of the change. Nothing in it is secret.
CREATE TABLE sluice.audit_log (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    actor       text        NOT NULL,
    actor_role  text        NOT NULL,
    team_id     text        NOT NULL,
    action      text        NOT NULL,
    object_type text        NOT NULL,
    object_id   text        NOT NULL,
    request_id  text,
    address     text,
    before      jsonb,
    after       jsonb
);

CREATE INDEX audit_log_team ON sluice.audit_log (team_id, id);
CREATE INDEX audit_log_object ON sluice.audit_log (object_type, object_id, id);

CREATE FUNCTION sluice.refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION '% of sluice.% is not allowed: it is append only', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sluice.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.refuse_change();

-- What was answered to a creation that may be asked for again; sealed, for it may hold a new key. Kept for a day.
CREATE TABLE sluice.idempotent_answer (
    actor          text        NOT NULL,
    key            text        NOT NULL,
    request_digest bytea       NOT NULL,
    status         smallint    NOT NULL,
    sealed         bytea       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);

CREATE INDEX idempotent_answer_created ON sluice.idempotent_answer (created_at);

-- What providers keep for callers, such as files and batches: it is there for the team that made it, and for nobody else.
CREATE TABLE sluice.kept_object (
    id         text        PRIMARY KEY,
    provider   text        NOT NULL,
    team_id    text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN sluice.kept_object.id IS 'As the provider names it. What has no row was made elsewhere: whoever knows its id may ask for it.';
