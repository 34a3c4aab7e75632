/** The embedded database: one process a folder, and what is left when that process is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { type TemporaryFolder, makeTemporaryFolder, pollFor } from '@parley/testkit';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../src/folder-lock.ts';
import { StoreRefused, StoreUnavailable, openStore } from '../src/index.ts';
import { addGuest, addRoom, aMessage, readWholeLog } from './databases.ts';

/** `FAULT_EMBEDDED_KILLS=20 npx vitest run packages/store` for the long run. */
const KILLS = Number(process.env.FAULT_EMBEDDED_KILLS ?? 3);
const sources = fileURLToPath(new URL('../src/', import.meta.url));
// Inside the package, so that the bundle finds its dependencies; `dist` is never committed.
const built = fileURLToPath(new URL('../dist/test/', import.meta.url));

/** A database that is copied, because making one takes seconds. */
const template = makeTemporaryFolder();
let folder: TemporaryFolder;
const children = new Set<ChildProcess>();

/** The writer as a process of its own, laid out as a build is: the thread's file and the migrations beside the bundle. */
beforeAll(async () => {
  const store = await openStore({ dataDir: template.path, replica: 'test' });
  await store.close();
  await mkdir(built, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL('./writer.ts', import.meta.url))],
    outfile: join(built, 'writer.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  await cp(join(sources, 'embedded-worker.mjs'), join(built, 'embedded-worker.mjs'));
  await cp(join(sources, 'migrations'), join(built, 'migrations'), { recursive: true });
});
afterAll(() => template.remove());
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(async () => {
  await Promise.all([...children].map((child) => kill(child)));
  folder.remove();
});

const copyDatabase = (dataDir = folder.path): Promise<void> =>
  cp(join(template.path, 'database'), join(dataDir, 'database'), { recursive: true });

interface Writer {
  readonly child: ChildProcess;
  /** What it has said so far, whole lines only. */
  lines(): string[];
}

function startWriter(dataDir = folder.path): Writer {
  const child = spawn(process.execPath, [join(built, 'writer.mjs'), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { child, lines: () => text.split('\n').slice(0, -1) };
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

const opened = (writer: Writer) => pollFor(() => writer.lines()[0], 'open', { timeoutMs: 50_000 });

describe('a folder', () => {
  beforeEach(() => copyDatabase());

  it('is for one process at a time', async () => {
    const store = await openStore({ dataDir: folder.path, replica: 'first' });
    const second = openStore({ dataDir: folder.path, replica: 'second' });
    await expect(second).rejects.toBeInstanceOf(StoreRefused);
    await expect(second).rejects.toThrow(`in use by another Parley (process ${process.pid})`);
    const writer = startWriter();
    await pollFor(
      () => writer.lines()[0] ?? '',
      (line) => line.startsWith('refused The folder'),
    );
    await store.ping();
    await store.close();
    await store.close();
    const third = await openStore({ dataDir: folder.path, replica: 'third' });
    await third.close();
    expect(await readdir(join(folder.path, 'sockets'))).toEqual([]);
  });

  it('goes to one of many who open it at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => openStore({ dataDir: folder.path, replica: 'test' })),
    );
    const stores = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(stores).toHaveLength(1);
    await stores[0]?.close();
  });

  it('may have a path that is too long for a socket', async () => {
    const dataDir = join(folder.path, 'a-folder-with-a-long-name'.repeat(4), 'data');
    await copyDatabase(dataDir);
    const store = await openStore({ dataDir, replica: 'test' });
    await store.ping();
    await expect(openStore({ dataDir, replica: 'second' })).rejects.toThrow('in use');
    await store.close();
  });

  it.each(['/dev/null/data', '/proc', '/proc/nope/data'])(
    'says in words when it can not be used: %s',
    async (dataDir) => {
      const opening = openStore({ dataDir, replica: 'test' });
      await expect(opening).rejects.toBeInstanceOf(StoreRefused);
      await expect(opening).rejects.toThrow(`The folder ${dataDir} can't be used for the database: E`);
    },
  );
});

it('says in words when its folder is there but nothing can be made in it', async () => {
  // As on a mount that can only be read: the folders are there already.
  symlinkSync('/proc/self', join(folder.path, 'sockets'));
  const opening = openStore({ dataDir: folder.path, replica: 'test' });
  await expect(opening).rejects.toBeInstanceOf(StoreRefused);
  await expect(opening).rejects.toThrow(`The folder ${folder.path} can't be used for the database: `);
});

describe('the folder lock', () => {
  it('goes to exactly one of many contenders, again and again', async () => {
    for (let round = 0; round < 20; round += 1) {
      const results = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder.path)));
      const locks = results.flatMap((result) => ('heldBy' in result ? [] : [result]));
      expect(locks).toHaveLength(1);
      expect(await lockFolder(folder.path)).toEqual({ heldBy: String(process.pid) });
      await locks[0]?.release();
    }
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('a killed process', () => {
  it(
    'leaves the folder to the next one, with all that was acknowledged',
    { timeout: 60_000 + KILLS * 20_000 },
    async () => {
      await copyDatabase();
      const acknowledged: string[] = [];
      for (let round = 0; round < KILLS; round += 1) {
        const writer = startWriter();
        await opened(writer);
        const enough = 1 + 20 * (2 + ((round * 7) % 11));
        await pollFor(() => writer.lines().length >= enough, true, { timeoutMs: 50_000 });
        await kill(writer.child);
        acknowledged.push(...writer.lines().slice(1));
      }
      const store = await openStore({ dataDir: folder.path, replica: 'test' });
      const lobby = await store.rooms.bySlug('lobby');
      const events = await readWholeLog(store, lobby?.id ?? '');
      const stored = new Set(events.map((event) => (event.type === 'message' ? `${event.seq} ${event.cid}` : '')));
      const lost = acknowledged.filter((line) => !stored.has(line));
      console.log(
        `killed ${KILLS} times: ${acknowledged.length} acknowledged, ${events.length} stored, ${lost.length} lost`,
      );
      await store.close();
      expect(lost).toEqual([]);
      expect(new Set(events.map((event) => event.type === 'message' && event.cid)).size).toBe(events.length);
    },
  );

  it('leaves a folder that opens when it was killed while it made the database', { timeout: 120_000 }, async () => {
    const writer = startWriter();
    await pollFor(() => existsSync(join(folder.path, 'database.unfinished')), true, { timeoutMs: 50_000 });
    await kill(writer.child);
    expect(existsSync(join(folder.path, 'database'))).toBe(false);
    const store = await openStore({ dataDir: folder.path, replica: 'test' });
    await store.ping();
    await store.close();
  });
});

describe('the database’s thread', () => {
  it('is started again when it dies', async () => {
    await copyDatabase();
    const threads: Worker[] = [];
    const note = (thread: Worker) => threads.push(thread);
    process.on('worker', note);
    const store = await openStore({ dataDir: folder.path, replica: 'test' });
    const ada = await addGuest(store);
    const room = await addRoom(store, ada);
    expect(await store.log.append([aMessage(room, ada, 'before')])).toMatchObject([{ status: 'appended' }]);
    await threads[0]?.terminate();
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable);
    await pollFor(() => store.ping(), undefined);
    expect(await store.log.append([aMessage(room, ada, 'after')])).toMatchObject([{ status: 'appended' }]);
    expect(await readWholeLog(store, room.id)).toHaveLength(3);
    expect(threads).toHaveLength(2);
    process.removeListener('worker', note);
    await store.close();
  });

  it('gives its one connection back after an error in a transaction', async () => {
    await copyDatabase();
    const store = await openStore({ dataDir: folder.path, replica: 'test' });
    const ada = await addGuest(store);
    const room = await addRoom(store, ada);
    await expect(store.sessions.create({ userId: '987654321', expiresAt: new Date() })).rejects.toThrow('foreign key');
    expect(await store.log.append([aMessage(room, ada, 'still here')])).toMatchObject([{ status: 'appended' }]);
    await store.close();
  });
});
