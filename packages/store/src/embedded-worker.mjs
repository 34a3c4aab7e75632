/**
 * The thread in which the embedded database lives: PGlite on a folder, served on a Unix socket. Plain JavaScript,
 * because Node runs it as it is. embedded.ts starts it and says `close`; a thread that ends otherwise has crashed.
 */
import { existsSync } from 'node:fs';
import { chmod, cp, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** @type {{ folder: string, socketPath: string, maxConnections: number }} */
const { folder, socketPath, maxConnections } = workerData;

if (!existsSync(folder)) {
  // Made beside and moved into place: a process killed half-way leaves no database that looks whole.
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  // The build makes an empty database once: making one here takes seconds and 0.9 GB at its peak, a copy does not.
  const template = fileURLToPath(new URL('./embedded-template/', import.meta.url));
  if (existsSync(template)) {
    await cp(template, unfinished, { recursive: true });
    // The template may be read by everyone, what is written into its copy may not.
    await chmod(unfinished, 0o700);
  } else await (await PGlite.create({ dataDir: unfinished })).close();
  await rename(unfinished, folder);
}

// eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
const tell = (/** @type {object} */ message) => parentPort?.postMessage(message);

const database = await PGlite.create({ dataDir: folder });

// A throw here is no SQL error, which is an answer like any other: the engine is broken. pglite-socket would never
// answer again, a new thread recovers from the folder.
const execProtocolRawStream = database.execProtocolRawStream.bind(database);
database.execProtocolRawStream = async (message, options) => {
  try {
    return await execProtocolRawStream(message, options);
  } catch (error) {
    tell({ type: 'broken', reason: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
};

// The name is free: whoever had it before us is gone, we hold the folder's lock.
await rm(socketPath, { force: true });
const server = new PGLiteSocketServer({ db: database, path: socketPath, maxConnections });
await server.start();

async function close() {
  await server.stop();
  await database.close();
  process.exit(0);
}
parentPort?.once('message', () => void close());
tell({ type: 'ready' });
