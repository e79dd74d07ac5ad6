import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface AccountRow {
  /** The user name, case folded: what makes two names the same. */
  readonly key: string;
  /** The user name as it was given. */
  readonly username: string;
  /** PHC string. */
  readonly passwordHash: string;
}

/** The table `account`. */
export class AccountTable {
  private readonly insertOne: StatementSync;
  private readonly selectOne: StatementSync;
  private readonly countAll: StatementSync;

  constructor(database: DatabaseSync) {
    this.insertOne = database.prepare(
      'INSERT INTO account (name_key, username, password_hash, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.selectOne = database.prepare('SELECT username, password_hash FROM account WHERE name_key = ?');
    this.countAll = database.prepare('SELECT count(*) AS accounts FROM account');
  }

  /** @returns whether it was added: false when that name is taken, and nothing has changed */
  insert({ key, username, passwordHash }: AccountRow): boolean {
    return this.insertOne.run(key, username, passwordHash, Date.now()).changes === 1;
  }

  find(key: string): AccountRow | undefined {
    const row = this.selectOne.get(key);
    return row && { key, username: row.username as string, passwordHash: row.password_hash as string };
  }

  count(): number {
    return Number(this.countAll.get()?.accounts);
  }
}
