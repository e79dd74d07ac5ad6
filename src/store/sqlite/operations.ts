import type { MessageQuery } from '../message-store.js';
import type { AccountRow } from './account-table.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** What the rest of the application can ask of the database besides keeping messages: each is done at once, by itself. */
export function operationsOn(database: SqliteDatabase) {
  const { messages, accounts } = database;
  return {
    list: (query: MessageQuery) => messages.list(query),
    find: (id: string) => messages.find(id),
    readBody: (id: string) => messages.readBody(id),
    unknownIds: (ids: readonly string[]) => messages.unknownIds(ids),
    newestId: () => messages.newestId(),
    check: () => database.check(),
    commits: () => database.commits,
    insertAccount: (row: AccountRow) => accounts.insert(row),
    findAccount: (key: string) => accounts.find(key),
    countAccounts: () => accounts.count(),
  };
}

export type Operations = ReturnType<typeof operationsOn>;
export type OperationName = keyof Operations;
