/**
 * Vitest's global setup: finds one real Postgres for the whole run, and tells every test where it is. TEST_DATABASE_URL
 * names one; else a temporary cluster is started from binaries of this machine; else the run goes without and says so.
 */
import type { TestProject } from 'vitest/node';
import { leaveOut } from './left-out.ts';
import { findPostgresBinaries, startPostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's address of a real Postgres, or the reason why there is none. */
    postgres: { url: string } | { missing: string };
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = (reason: string): undefined => {
    project.provide('postgres', { missing: reason });
    leaveOut(`tests on a real Postgres (${reason})`);
    return undefined;
  };
  const url = process.env.TEST_DATABASE_URL ?? '';
  if (url !== '') {
    project.provide('postgres', { url });
    return undefined;
  }
  const binaries = findPostgresBinaries();
  if (binaries === undefined) return missing('no TEST_DATABASE_URL and no local Postgres binaries');
  try {
    const cluster = await startPostgresCluster(binaries);
    project.provide('postgres', { url: cluster.url });
    return () => cluster.stop();
  } catch (error) {
    return missing(error instanceof Error ? error.message.trim() : String(error));
  }
}
