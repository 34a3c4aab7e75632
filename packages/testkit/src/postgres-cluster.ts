/** A Postgres cluster of its own, from binaries on this machine, that ends with the process that started it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { childrenOf } from './child-processes.ts';
import { pollFor } from './poll-for.ts';
import { freePort } from './free-port.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface PostgresCluster {
  /** A superuser's address of the cluster's `postgres` database. */
  readonly url: string;
  /** Ends every process of the cluster with SIGKILL, as a crash of its machine would. */
  kill(): Promise<void>;
  /** Shuts the cluster down, cutting off who is connected; `restart` starts it again. */
  shutDown(): Promise<void>;
  /** Ends one process that serves a connection with SIGKILL: Postgres then drops all of them and recovers. */
  killBackend(): Promise<void>;
  /** Starts it again on the same port and files, and waits until it answers. */
  restart(): Promise<void>;
  /** Ends the cluster and deletes its files. May be called twice. */
  stop(): Promise<void>;
}

/** The folder of `initdb` and `postgres`: from PATH, else Debian's newest; undefined where there is none. */
export function findPostgresBinaries(): string | undefined {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged).map(Number).filter(Number.isFinite) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.toSorted((a, b) => b - a).map((version) => join(packaged, String(version), 'bin')),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** Starts a cluster in a temporary folder, on an ephemeral port of 127.0.0.1. */
export async function startPostgresCluster(binaries: string): Promise<PostgresCluster> {
  const folder = makeTemporaryFolder();
  try {
    return await start(binaries, folder);
  } catch (error) {
    folder.remove();
    throw error;
  }
}

async function start(binaries: string, folder: ReturnType<typeof makeTemporaryFolder>): Promise<PostgresCluster> {
  const owner = unprivilegedOwner();
  const data = join(folder.path, 'data');
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, password);
  if (owner !== undefined) {
    chownSync(folder.path, owner.uid, owner.gid);
    chownSync(passwordFile, owner.uid, owner.gid);
  }
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(join(binaries, 'initdb'), [...initdb, '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...owner,
    cwd: folder.path,
    stdio: ['ignore', 'ignore', 'pipe'],
  });

  const port = await freePort();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '200',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // The shell holds a pipe from here: however this process ends, the pipe closes and the cluster is stopped.
  const script = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server';
  let child: ChildProcess | undefined;
  const restart = async (): Promise<void> => {
    const shell = spawn('/bin/sh', ['-c', script, 'sh', join(binaries, 'postgres'), '-D', data, ...options], {
      ...owner,
      cwd: folder.path,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child = shell;
    let output = '';
    shell.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await pollFor(() => canConnect(url), true, { intervalMs: 50, what: 'Postgres to answer' });
    } catch (error) {
      await stopChild(shell);
      throw new Error(`The temporary Postgres did not start:\n${output}`, { cause: error });
    }
  };
  const end = async (): Promise<void> => {
    if (child !== undefined) await stopChild(child);
  };
  const pidFile = join(data, 'postmaster.pid');
  const server = (): number => Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
  let stopped: Promise<void> | undefined;
  const cluster: PostgresCluster = {
    url,
    restart,
    async shutDown() {
      process.kill(server(), 'SIGINT');
      await pollFor(() => existsSync(pidFile), false, { what: 'Postgres to shut down' });
      await end();
    },
    async kill() {
      const pid = server();
      // The children of a process that was stopped can be named, and make no more.
      process.kill(pid, 'SIGSTOP');
      for (const each of [...childrenOf(pid), pid]) killIfThere(each);
      await end();
    },
    async killBackend() {
      killIfThere(await backendOf(url));
    },
    stop: () => (stopped ??= end().then(() => folder.remove())),
  };
  await restart();
  return cluster;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.end();
  await exited;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The process of a connection that someone else uses. */
async function backendOf(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
     order by state = 'active' desc, random() limit 1`,
  );
  await client.end();
  const [row] = rows;
  if (row === undefined) throw new Error('Nobody is connected to this Postgres.');
  return row.pid;
}

async function canConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.end();
  return true;
}

/** Postgres refuses to run as root: then it runs as its packaged user, else as nobody; undefined where it may run as we do. */
export function unprivilegedOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }).toString());
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such user: the next one may exist.
    }
  }
  throw new Error('There is neither a user "postgres" nor "nobody" to run Postgres as');
}
