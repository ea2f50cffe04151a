-- SQLite and Postgres read this alike: BIGINT numbers are given out by the program, times are
-- milliseconds since 1970 (UTC), hashes are hexadecimal text. A migration that was released is never
-- edited.

CREATE TABLE articles (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    -- The address without scheme, www., case of the host, slash at the end and query.
    page TEXT,
    query TEXT,
    title TEXT NOT NULL,
    lead TEXT NOT NULL,
    body TEXT NOT NULL,
    section TEXT NOT NULL,
    published TEXT NOT NULL,
    -- A JSON array of approved comments.
    approved TEXT NOT NULL,
    changed_ms BIGINT NOT NULL
);
CREATE INDEX articles_page ON articles (page, query);

-- Comments that replies may refer to; empty unless the operator lets comments be kept.
CREATE TABLE comments (
    id TEXT NOT NULL PRIMARY KEY,
    article_id TEXT,
    parent_id TEXT,
    text TEXT NOT NULL,
    kept_ms BIGINT NOT NULL
);
CREATE INDEX comments_kept ON comments (kept_ms);

-- What was said about a comment, by a person or by the model. Rows are added, never changed.
CREATE TABLE label_events (
    id BIGINT NOT NULL PRIMARY KEY,
    -- Hash of text, article and parent: events of one subject are about the same comment.
    subject TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('person', 'model')),
    model TEXT,
    key_id TEXT,
    community TEXT,
    token TEXT,
    comment_id TEXT,
    text TEXT NOT NULL,
    language TEXT,
    article_id TEXT,
    article_url TEXT,
    parent_id TEXT,
    parent_text TEXT,
    added_ms BIGINT NOT NULL
);
CREATE INDEX label_events_subject ON label_events (subject, id);

CREATE TABLE label_scores (
    event_id BIGINT NOT NULL REFERENCES label_events (id),
    label TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL CHECK (score >= 0 AND score <= 1),
    PRIMARY KEY (event_id, label)
);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- SHA-256 of the key.
    hash TEXT NOT NULL UNIQUE,
    -- Requests a minute; unlimited where there is none.
    quota_per_minute BIGINT,
    added_ms BIGINT NOT NULL,
    revoked_ms BIGINT
);
