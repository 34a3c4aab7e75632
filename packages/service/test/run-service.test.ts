/** A program's life, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pollFor } from '@parley/testkit';
import { build } from 'esbuild';
import { afterEach, describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
// Inside the package, so that the bundle finds its dependencies; `dist` is never committed.
const built = fileURLToPath(new URL('../dist/test/service.mjs', import.meta.url));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Runs a service from the source of what starts it, and collects what it says and logs. */
async function run(start: string, stderr: 'pipe' | number = 'pipe') {
  const contents = `import { createLogger, runService } from '../src/index.ts'; await runService(${start});`;
  await build({
    stdin: { contents, resolveDir: folder },
    outfile: built,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const child = spawn(process.execPath, [built], { stdio: ['ignore', 'pipe', stderr] });
  const closed = once(child, 'close');
  closers.push(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  let logged = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (logged += text));
  return { child, closed, said: () => said, logged: () => logged };
}

test('a promise that was left alone is logged, before and after the start, and the program goes on', async () => {
  const { child, closed, logged } = await run(`async () => {
    const leave = (words) => void Promise.reject(new Error(words));
    leave('while starting');
    await new Promise((resolve) => setImmediate(resolve));
    const timer = setInterval(() => leave('while running'), 10);
    return { close: async () => clearInterval(timer) };
  }`);
  const [first, second] = await pollFor(
    () => logged().split('\n'),
    (lines) => lines.length > 2,
  );
  for (const [line, message] of [
    [first, 'while starting'],
    [second, 'while running'],
  ]) {
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 50, msg: 'a promise was left alone', err: { message } });
  }
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
});

test.skipIf(!existsSync('/dev/full'))('a log that can not be written ends nothing', async () => {
  const full = openSync('/dev/full', 'w');
  const { child, closed, said } = await run(
    `async () => {
      const log = createLogger('test', 'info');
      const timer = setInterval(() => {
        log.info('lost');
        console.log('alive');
      }, 10);
      return { close: async () => clearInterval(timer) };
    }`,
    full,
  );
  closeSync(full);
  await pollFor(
    () => said(),
    (text) => text.split('alive').length > 3,
  );
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
});

describe('the close', () => {
  /** Says on stderr that it is running and that it is closed, and on stdout, line by line, that it is closing. */
  const SAYS_ALL = `async () => {
    console.error('running');
    const timer = setInterval(() => {}, 1000);
    return {
      async close() {
        for (let line = 0; line < 5; line += 1) {
          console.log('closing');
          await new Promise((resolve) => setImmediate(resolve));
        }
        clearInterval(timer);
        console.error('closed');
      },
    };
  }`;

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is in order on %s', async (signal) => {
    const { child, closed, logged } = await run(SAYS_ALL);
    await pollFor(logged, 'running\n');
    child.kill(signal);
    expect([await closed, logged()]).toEqual([[0, null], 'running\nclosed\n']);
  });

  test('is in order when nobody reads any more what it says', async () => {
    const { child, closed, logged } = await run(SAYS_ALL);
    await pollFor(logged, 'running\n');
    child.stdout?.destroy();
    child.kill('SIGINT');
    expect([await closed, logged()]).toEqual([[0, null], 'running\nclosed\n']);
  });
});
