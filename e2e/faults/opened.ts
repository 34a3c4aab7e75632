/** What a test opens, and what has to be there for it. */
import { makeTicket } from '@parley/service';
import { createTestDatabase, realPostgres, TEST_SECRET, TestServer } from '@parley/testkit';
import { afterEach } from 'vitest';

interface Closable {
  close(): unknown;
}

/** Keeps what a test has opened and closes it when the test ends, the last first. */
export function closeAfterEach(): <Opened extends Closable>(opened: Opened) => Opened {
  const kept: Closable[] = [];
  afterEach(async () => {
    for (const one of kept.splice(0).toReversed()) await one.close();
  });
  return (opened) => {
    kept.push(opened);
    return opened;
  };
}

/** Why a test that needs Postgres can't run on this machine; undefined where it can. */
export const postgresMissing = realPostgres().missing;

/** An empty database of the run's Postgres. */
export async function openDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const database = await createTestDatabase();
  return { url: database.url, close: () => database.drop() };
}

/** What opens a trunk to a core that was started here. */
export const coreTicket = (): Promise<string> => makeTicket(new TextEncoder().encode(TEST_SECRET), '127.0.0.1');

/** The built core as a process of its own; without a database's address on the embedded one. */
export const startCore = (databaseUrl: string | undefined, env: Record<string, string> = {}): Promise<TestServer> =>
  TestServer.start({
    program: 'core',
    startTimeoutMs: 60_000,
    env: {
      RATE_LIMITS: 'off',
      JWT_SECRET: TEST_SECRET,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...env,
    },
  });
