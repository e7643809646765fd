/** In the file's header: "Bstp". */
export const applicationId = 0x42737470;

/** The version of the tables below, in the file's header. */
export const schemaVersion = 1;

/**
 * The tables of a store; those without the prefix `backstep_` are the user's.
 *
 * `instances` holds heads, `journal` entries 1, 2, 3 …, `mail` accepted domain events, `published` those that
 * were published. Besides open heads an engine must remember over its death: `awake`, the instances whose
 * head rests although their journal has gone on; `taken`, those whose event was being worked; `wakes`, the
 * events that other processes sent; `mail.unseen`, the domain events whose wake was not worked yet;
 * `published.undelivered`. `dead_letters` and `quarantine` are for people, `engine` names the process that
 * holds the lock.
 */
export const schema = `
  CREATE TABLE backstep_instances (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    saga TEXT NOT NULL,
    id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    step TEXT,
    n INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    watch_at INTEGER,
    updated_at INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    origin TEXT NOT NULL,
    UNIQUE (saga, id)
  );
  CREATE INDEX backstep_instances_watched ON backstep_instances (watch_at, status) WHERE watch_at IS NOT NULL;
  CREATE INDEX backstep_instances_started ON backstep_instances (started_at);
  CREATE INDEX backstep_instances_stopped ON backstep_instances (status, started_at)
    WHERE status = 'parked' OR status = 'paused' OR status = 'shed';

  CREATE TABLE backstep_journal (
    instance INTEGER NOT NULL,
    n INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (instance, n)
  ) WITHOUT ROWID;

  CREATE TABLE backstep_mail (
    saga TEXT NOT NULL,
    id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    unseen INTEGER,
    mail TEXT NOT NULL,
    PRIMARY KEY (saga, id, event_id)
  ) WITHOUT ROWID;
  CREATE INDEX backstep_mail_unseen ON backstep_mail (saga, id, event_id) WHERE unseen = 1;

  CREATE TABLE backstep_published (
    id TEXT PRIMARY KEY,
    saga TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    event TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL,
    undelivered INTEGER,
    failure TEXT
  ) WITHOUT ROWID;
  CREATE INDEX backstep_published_undelivered ON backstep_published (at, id) WHERE undelivered = 1;

  CREATE TABLE backstep_awake (instance INTEGER PRIMARY KEY);

  CREATE TABLE backstep_taken (
    saga TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (saga, id)
  ) WITHOUT ROWID;

  CREATE TABLE backstep_wakes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    body TEXT NOT NULL
  );

  CREATE TABLE backstep_dead_letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    lane TEXT NOT NULL,
    saga TEXT NOT NULL,
    id TEXT NOT NULL,
    receives INTEGER NOT NULL,
    error TEXT NOT NULL,
    body TEXT NOT NULL
  );

  CREATE TABLE backstep_quarantine (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    lane TEXT NOT NULL,
    error TEXT NOT NULL,
    body TEXT NOT NULL
  );

  CREATE TABLE backstep_engine (
    slot INTEGER PRIMARY KEY CHECK (slot = 1),
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    started_at INTEGER NOT NULL
  );
`;

/**
 * What stores were first made without; it is added where it is missing when a store is opened, so that
 * stores of older code are read as they are.
 *
 * `lanes` is what the running engine says of its lanes, `lane_limits` what operators set, `done` who has done
 * with a dead letter (`d-<seq>`) or an unreadable message (`q-<seq>`).
 */
export const additions = `
  CREATE INDEX IF NOT EXISTS backstep_instances_unwatched ON backstep_instances (updated_at)
    WHERE watch_at IS NULL AND (status = 'running' OR status = 'compensating');

  CREATE TABLE IF NOT EXISTS backstep_lanes (
    lane TEXT PRIMARY KEY,
    visible INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    delayed INTEGER NOT NULL,
    oldest_at INTEGER,
    sent INTEGER NOT NULL,
    done INTEGER NOT NULL,
    concurrency INTEGER NOT NULL,
    wakes_to INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS backstep_lane_limits (
    lane TEXT PRIMARY KEY,
    concurrency INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS backstep_done (
    message TEXT PRIMARY KEY,
    how TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
`;
