/**
 * Brings a database to this version's schema: the SQL files of `migrations/`, each once, in one transaction under an
 * advisory lock, so that two processes that start together do it once. Refuses a database that a newer version wrote.
 */
import { readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import { StoreRefused } from './store-errors.ts';

/** Any number that nothing else on the database locks: "parley" in ASCII. */
const LOCK = '123580845581689';
/** Beside this module: in the source tree and, in a build, beside the bundle. */
const FOLDER = new URL('./migrations/', import.meta.url);

interface Journal {
  entries: { tag: string }[];
}

/** Runs what is missing. The client must be outside a transaction. */
export async function migrate(client: ClientBase, folder: URL = FOLDER): Promise<void> {
  const { entries } = JSON.parse(await readFile(new URL('meta/_journal.json', folder), 'utf8')) as Journal;
  const known = entries.map((entry) => entry.tag);
  // Whatever the default is: with one snapshot for the whole transaction, who waited would not see what was waited for.
  await client.query('begin isolation level read committed');
  try {
    await client.query(`select pg_advisory_xact_lock(${LOCK})`);
    await client.query(`create table if not exists parley_migrations (
      tag text primary key, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ tag: string }>('select tag from parley_migrations order by tag');
    const applied = new Set(rows.map((row) => row.tag));
    const unknown = [...applied].filter((tag) => !known.includes(tag));
    if (unknown.length > 0) {
      throw new StoreRefused(
        `The database was last used by a newer Parley: it has schema ${unknown.at(-1)}, this version knows up to ` +
          `${known.at(-1)}. Start the newer Parley, or use another database.`,
      );
    }
    for (const tag of known.filter((each) => !applied.has(each))) {
      await client.query(await readFile(new URL(`${tag}.sql`, folder), 'utf8'));
      await client.query('insert into parley_migrations (tag) values ($1)', [tag]);
    }
    await client.query('commit');
  } catch (error) {
    // The connection may be what failed; its transaction is gone with it.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
