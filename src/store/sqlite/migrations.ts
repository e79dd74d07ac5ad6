import type { DatabaseSync } from 'node:sqlite';

/**
 * How the schema came to be: each entry is one step, applied once and in order; `PRAGMA user_version` counts them.
 * A step that has been released is never changed; what must change is a new step.
 */
const MIGRATIONS: readonly string[] = [
  // Metadata and body are two tables: a list or a search walks over rows of some hundred octets, not over mails.
  // STRICT, so that a mistake in a type is an error and not a surprise when read back.
  `
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL, -- milliseconds since 1970
    user TEXT NOT NULL,
    auth_method TEXT NOT NULL,
    secure INTEGER NOT NULL,
    tls TEXT,
    remote_address TEXT NOT NULL,
    client_name TEXT NOT NULL,
    mail_from TEXT NOT NULL,
    rcpt_to TEXT NOT NULL, -- a JSON array
    subject TEXT NOT NULL,
    sender TEXT NOT NULL, -- the From field
    size INTEGER NOT NULL,
    search TEXT NOT NULL -- what a search looks in, case folded
  ) STRICT;

  -- A message without a row here has its bytes in a blob file.
  CREATE TABLE body (
    message INTEGER PRIMARY KEY REFERENCES message (seq) ON DELETE CASCADE,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE account (
    name_key TEXT PRIMARY KEY, -- the user name, case folded
    username TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The one row that a readiness check writes.
  CREATE TABLE readiness (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    checked_at INTEGER NOT NULL
  ) STRICT;
  `,
];

/** @throws Error when a newer version of the application has written this database */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare('PRAGMA user_version').get();
  const done = Number(row?.user_version);
  if (done > MIGRATIONS.length) {
    throw new Error(`The database has schema ${done}, this version knows ${MIGRATIONS.length}: run the newer version`);
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < done) continue;
    // The step and its number are one transaction: a crash leaves the schema before or after, never between.
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
