/** Databases of a test's own on the run's real Postgres. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import './postgres-setup.ts';

export interface TestDatabase {
  readonly url: string;
  /** Ends every connection to the database and deletes it. May be called twice. */
  drop(): Promise<void>;
}

/** The run's real Postgres, or why there is none: `describe.skipIf(realPostgres().missing !== undefined)`. */
export function realPostgres(): { url?: string; missing?: string } {
  // Undefined when vitest ran without the global setup, as an editor may do.
  const provided = inject('postgres') as { url: string } | { missing: string } | undefined;
  return provided ?? { missing: 'vitest ran without packages/testkit/src/postgres-setup.ts' };
}

/** Makes an empty database. Throws where there is no real Postgres. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url: adminUrl, missing } = realPostgres();
  if (adminUrl === undefined) throw new Error(`There is no real Postgres: ${missing}`);
  const name = `parley_test_${randomBytes(6).toString('hex')}`;
  await runStatement(
    adminUrl,
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
  );
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runStatement(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runStatement(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
