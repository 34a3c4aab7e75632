/**
 * The embedded database's life: keeps its folder for this process, runs PGlite in a worker thread behind a Unix socket,
 * and starts the thread again when it dies. Knows nothing of the tables; the driver in front is the one for any Postgres.
 *
 *   starting ──ready──▶ running ──close──▶ closed
 *                │ ▲         │
 *                │ └─pause── crashed     (statements fail with StoreUnavailable meanwhile)
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ClientConfig } from 'pg';
import type { StoreLog } from './database.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { makeFolder } from './make-folder.ts';
import { type SocketFolder, openSocketFolder } from './socket-folder.ts';
import { StoreRefused } from './store-errors.ts';

/** Beside this module: in the source tree and, in a build, beside the bundle. */
const WORKER = new URL('./embedded-worker.mjs', import.meta.url);
const SOCKET_NAME = '.s.PGSQL.5432';
/** pg finds the socket by folder and port. */
const SOCKET_PORT = 5432;
/**
 * PGlite is one Postgres session, and pglite-socket 0.2.17 takes turns between connections a protocol message at a time:
 * one connection's Parse replaces another's unnamed statement before its Bind. Measured with 4 and 8 connections: rows
 * of other queries, "portal does not exist", hangs. So one; it is as fast, because the engine has one thread anyway.
 */
const POOL_SIZE = 1;
/** More than the pool, because a connection that is being replaced still counts. */
const MAX_CONNECTIONS = 16;
const RESTART_PAUSE_MS = 500;
const CLOSE_TIMEOUT_MS = 2500;

export interface EmbeddedOptions {
  dataDir: string;
  onNotice: (text: string) => void;
  log: StoreLog | undefined;
}

export interface Embedded {
  readonly connection: ClientConfig;
  readonly poolSize: number;
  /** Stops the database and lets others have the folder. May be called twice. */
  close(): Promise<void>;
}

/** Rejects with StoreRefused when another process uses the folder, or when the folder can't be used. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = resolve(options.dataDir);
  const { sockets, lock } = await prepareFolder(dataDir);
  if ('heldBy' in lock) {
    await sockets.release();
    throw new StoreRefused(
      `The folder ${dataDir} is in use by another Parley (process ${lock.heldBy}). ` +
        'Stop that one, or set DATA_DIR to another folder.',
    );
  }
  const folder = join(dataDir, 'database');
  if (!existsSync(folder)) options.onNotice(`Making a database in ${dataDir}; this takes a few seconds, once.`);
  const embedded = new EmbeddedDatabase({ folder, sockets, lock, log: options.log });
  try {
    await embedded.start();
  } catch (error) {
    await embedded.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreRefused(`The database in ${dataDir} can't be opened: ${reason}`, { cause: error });
  }
  return embedded;
}

async function prepareFolder(
  dataDir: string,
): Promise<{ sockets: SocketFolder; lock: Awaited<ReturnType<typeof lockFolder>> }> {
  let sockets: SocketFolder | undefined;
  try {
    await makeFolder(dataDir);
    sockets = await openSocketFolder(dataDir);
    return { sockets, lock: await lockFolder(sockets.path) };
  } catch (error) {
    await sockets?.release();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreRefused(`The folder ${dataDir} can't be used for the database: ${reason}`, { cause: error });
  }
}

type State =
  { is: 'starting' | 'running'; worker: Worker } | { is: 'crashed'; restart: NodeJS.Timeout } | { is: 'closed' };

class EmbeddedDatabase implements Embedded {
  readonly connection: ClientConfig;
  readonly poolSize = POOL_SIZE;
  readonly #folder: string;
  readonly #sockets: SocketFolder;
  readonly #lock: FolderLock;
  readonly #log: StoreLog | undefined;
  #state: State | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: { folder: string; sockets: SocketFolder; lock: FolderLock; log: StoreLog | undefined }) {
    this.#folder = parts.folder;
    this.#sockets = parts.sockets;
    this.#lock = parts.lock;
    this.#log = parts.log;
    this.connection = { host: parts.sockets.path, port: SOCKET_PORT, user: 'postgres', database: 'postgres' };
  }

  /** Resolves when the database listens; rejects with the reason when its thread ends before. */
  start(): Promise<void> {
    const worker = new Worker(WORKER, {
      workerData: {
        folder: this.#folder,
        socketPath: join(this.#sockets.path, SOCKET_NAME),
        maxConnections: MAX_CONNECTIONS,
      },
    });
    this.#state = { is: 'starting', worker };
    return new Promise((resolveStart, reject) => {
      let reason = 'its thread ended';
      worker.on('message', (message: { type: 'ready' } | { type: 'broken'; reason: string }) => {
        if (message.type === 'broken') {
          reason = message.reason;
          return;
        }
        if (this.#state?.is === 'starting') this.#state = { is: 'running', worker };
        resolveStart();
      });
      worker.on('error', (error) => (reason = error.message));
      worker.on('exit', () => {
        reject(new Error(reason));
        if (this.#state?.is === 'running') this.#restartLater(reason);
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const state = this.#state;
    this.#state = { is: 'closed' };
    if (state?.is === 'crashed') clearTimeout(state.restart);
    if (state?.is === 'starting') await state.worker.terminate();
    if (state?.is === 'running') await stop(state.worker);
    await this.#lock.release();
    await this.#sockets.release();
  }

  #restartLater(reason: string): void {
    this.#log?.error({ reason }, 'embedded database crashed, starting it again');
    const restart = setTimeout(() => {
      this.start().catch((error: unknown) => {
        if (this.#state?.is !== 'closed') this.#restartLater(error instanceof Error ? error.message : String(error));
      });
    }, RESTART_PAUSE_MS);
    this.#state = { is: 'crashed', restart };
  }
}

/** Asks the thread to close the database; ends it when that takes too long: nothing acknowledged is lost either way. */
async function stop(worker: Worker): Promise<void> {
  const exited = new Promise<void>((resolveExit) => worker.once('exit', () => resolveExit()));
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage('close');
  const timeout = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
  await exited;
  clearTimeout(timeout);
}
