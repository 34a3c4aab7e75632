/** The program from outside: how it starts, what it says when it can't, how it ends. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  makeTemporaryFolder,
  pollFor,
  RawClient,
  startTestServer,
  type TemporaryFolder,
  TestServer,
  TestTerminal,
} from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../dist/parley.js', import.meta.url));

describe('the server as a program', { timeout: 90_000 }, () => {
  let folder: TemporaryFolder;
  const servers: { close(): Promise<void> }[] = [];
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    folder.remove();
  });

  /** On whichever database is there soonest. */
  const start = async (env: Record<string, string> = {}): Promise<TestServer> => {
    const started = await startTestServer({ env });
    servers.push(started);
    return started.server;
  };
  const startEmbedded = async (): Promise<TestServer> => {
    const server = await TestServer.start();
    servers.push(server);
    return server;
  };

  /** Runs the program until it ends by itself, or by a Ctrl-C once it has said this. */
  const run = (env: Record<string, string>, until?: string): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [PROGRAM], { cwd: folder.path, env: { PATH: process.env.PATH, ...env } });
      let output = '';
      const hear = (chunk: Buffer): void => {
        output += chunk.toString();
        if (until !== undefined && output.includes(until)) child.kill('SIGINT');
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('close', (code) => resolve({ code, output }));
    });

  it('names every bad setting in one message, starts nothing and exits with 2', async () => {
    writeFileSync(`${folder.path}/.env`, 'MAX_SESSIONS=none\n');
    const { code, output } = await run({
      SERVER_PORT: 'eighty',
      DATABASE_URL: 'mysql://root:secret@db/x',
      CHAT_LOG: 'loud',
      TRUST_PROXY: '-1',
      JWT_SECRET: 'short',
      ALLOWED_ORIGINS: 'chat.example',
    });
    expect(code).toBe(2);
    const problems = output.split('\n').flatMap((line) => /^ {2}- (\w+)/.exec(line)?.[1] ?? []);
    // Once each, although core and gateway both read some of them.
    expect(problems.toSorted()).toEqual([
      'ALLOWED_ORIGINS',
      'CHAT_LOG',
      'DATABASE_URL',
      'JWT_SECRET',
      'MAX_SESSIONS',
      'SERVER_PORT',
      'TRUST_PROXY',
    ]);
    expect(output).not.toMatch(/secret@|short|database|Opening/);
  });

  it('serves without a Redis that does not answer, and says so', async () => {
    const server = await start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    const ada = await RawClient.enter(server.url, 'ada');
    ada.terminate();
    await pollFor(
      () => server.output,
      (output) => /Redis has not answered since the start/.test(output) && output.includes('ECONNREFUSED'),
      { intervalMs: 100, what: 'the server to say that Redis does not answer' },
    );
  });

  it('says in words that its port is taken, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await pollFor(() => other.listening, true);
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, output } = await run({ SERVER_PORT: String(port), DATA_DIR: folder.path });
    other.close();
    expect(code).toBe(1);
    expect(output).toMatch(/in use/);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('says in words that its folder is in use, and exits with 1', async () => {
    const server = await startEmbedded();
    const { code, output } = await run({ SERVER_PORT: '0', DATA_DIR: `${server.folder}/data` });
    expect(code).toBe(1);
    expect(output).toMatch(/in use/);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('tells where it is and how to get there from a terminal', async () => {
    const server = await start();
    expect(server.output).toContain(`Parley is at ${server.url}`);
    expect(server.output).toContain(`npm run tui -- ${server.url}`);
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  });

  it('answers nobody before it has its page, not even that it is well', async () => {
    const server = await start();
    await server.kill('SIGTERM');
    const firstStatus = (path: string): Promise<number | undefined> =>
      pollFor(
        async () => {
          try {
            return (await fetch(server.url + path)).status;
          } catch {
            return undefined; // It does not listen yet.
          }
        },
        (status) => status !== undefined,
        { timeoutMs: 60_000, intervalMs: 20 },
      );
    const first = Promise.all(['/', '/api/health', '/healthz'].map(firstStatus));
    await server.restart();
    expect(await first).toEqual([200, 200, 200]);
  });

  it('closes everyone with 4503 on SIGTERM and exits with 0; a second SIGTERM changes nothing', async () => {
    const server = await start();
    const client = await RawClient.enter(server.url, 'ada');
    const exited = server.kill('SIGTERM');
    process.kill(server.pid, 'SIGTERM');
    expect(await exited).toBe(0);
    expect(await client.closed()).toBe(4503);
  });

  it('waits for a Postgres that is not there, and no longer than until Ctrl-C', async () => {
    const env = { DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/parley`, SERVER_PORT: '0' };
    const { code, output } = await run(env, 'Waiting for Postgres');
    // One that had to be cut off exits with 1.
    expect(code).toBe(0);
    expect(output).not.toContain('Error');
  });

  it('exits with 0 on one Ctrl-C', async () => {
    const server = await start();
    expect(await server.kill('SIGINT')).toBe(0);
  });

  describe('under npm', () => {
    /** `npm start` in a terminal, as people run it, and the way to its server. */
    const startByNpm = async (): Promise<{ npm: TestTerminal; url: string }> => {
      const port = String(await freePort());
      const env = { HOME: folder.path, SERVER_PORT: port, DATA_DIR: `${folder.path}/data` };
      const npm = TestTerminal.spawn('npm', ['start'], { cwd: ROOT, env });
      const url = `http://127.0.0.1:${port}`;
      await npm.waitFor(`npm run tui -- ${url}`, { timeoutMs: 60_000 });
      return { npm, url };
    };

    it('ends with npm when that alone gets SIGTERM', async () => {
      const { npm, url } = await startByNpm();
      npm.kill('SIGTERM');
      expect(await npm.exited).toMatchObject({ exitCode: 0 });
      await expect(fetch(`${url}/api/health`)).rejects.toThrow('fetch failed');
      await npm.close();
    });

    it('closes in order on one Ctrl-C, which npm hands on a second time', async () => {
      const { npm, url } = await startByNpm();
      const client = await RawClient.enter(url, 'ada');
      npm.press('ctrl-c');
      expect(await npm.exited).toMatchObject({ exitCode: 0 });
      expect(await client.closed()).toBe(4503);
      await npm.close();
    });
  });

  it('keeps its history and its guests over a restart', async () => {
    const server = await startEmbedded();
    const client = await RawClient.open(server.url);
    client.send({ type: 'hello', version: 1, nick: 'ada' });
    const { token } = await client.next({ type: 'welcome' });
    const cid = '00000000-0000-4000-8000-000000000001';
    const sent = await client.request({ type: 'message.send', room: 'lobby', text: 'kept', cid });
    expect(await server.kill('SIGTERM')).toBe(0);
    await server.restart();
    const again = await RawClient.open(server.url);
    again.send({ type: 'hello', version: 1, token });
    expect(await again.next({ type: 'welcome' })).toMatchObject({ you: { nick: 'ada' } });
    // The same cid answers as it did before the restart.
    expect(await again.request({ type: 'message.send', room: 'lobby', text: 'kept', cid })).toMatchObject({
      type: 'ok',
      seq: sent.seq,
    });
    again.close();
  });
});
