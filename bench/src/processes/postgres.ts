/**
 * The Postgres of a run: a temporary cluster with the defaults that make a commit durable (fsync and synchronous_commit
 * on), or a database of its own on BENCH_DATABASE_URL. The test kit's clusters turn fsync off, so they are no measure.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { findPostgresBinaries, freePort, makeTemporaryFolder, unprivilegedOwner } from '@parley/testkit';
import { treeCpuSeconds } from './process-usage.ts';
import { Program } from './program.ts';

export interface BenchDatabase {
  readonly url: string;
  /** "Postgres 15.14, a temporary cluster, fsync on": for the report. */
  readonly description: string;
  /** CPU of all of the cluster's processes so far, in seconds; undefined for a server that is not ours to look at. */
  cpuSeconds(): number | undefined;
  drop(): Promise<void>;
}

/** What a server that is meant for a few hundred connections and a few GB would set; durability stays at its defaults. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
};

export async function openBenchDatabase(): Promise<BenchDatabase> {
  const given = process.env.BENCH_DATABASE_URL ?? '';
  return given === '' ? startCluster() : createDatabase(given);
}

async function createDatabase(adminUrl: string): Promise<BenchDatabase> {
  const name = `parley_bench_${randomBytes(6).toString('hex')}`;
  const version = await runStatement(adminUrl, 'SHOW server_version');
  await runStatement(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    description: `Postgres ${version}, a server that was running`,
    cpuSeconds: () => undefined,
    drop: async () => void (await runStatement(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

async function startCluster(): Promise<BenchDatabase> {
  const binaries = findPostgresBinaries();
  if (binaries === undefined) {
    throw new Error(
      'There is no Postgres on this machine: install one, or set BENCH_DATABASE_URL to a superuser’s address.',
    );
  }
  const folder = makeTemporaryFolder();
  const owner = unprivilegedOwner();
  const data = join(folder.path, 'data');
  mkdirSync(data);
  if (owner !== undefined) for (const path of [folder.path, data]) chownSync(path, owner.uid, owner.gid);
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...owner, cwd: folder.path, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = new Program('Postgres', join(binaries, 'postgres'), ['-D', data, ...settings], {
    ...owner,
    cwd: folder.path,
    // Immediate shutdown: its files are thrown away.
    endSignal: 'SIGQUIT',
  });
  process.on('exit', () => folder.remove());
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const version = await program.ready(() => runStatement(url, 'SHOW server_version').catch(() => undefined));
  return {
    url,
    description: `Postgres ${version.split(' ')[0]} (fsync on, its own temporary cluster)`,
    cpuSeconds: () => treeCpuSeconds(program.pid),
    drop: async () => {
      await program.end();
      folder.remove();
    },
  };
}

async function runStatement(url: string, statement: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(statement);
    return Object.values(rows[0] ?? {})[0] ?? '';
  } finally {
    await client.end();
  }
}
