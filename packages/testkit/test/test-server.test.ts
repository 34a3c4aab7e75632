import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failOnLeaks, makeTemporaryFolder, type TemporaryFolder, TestServer } from '@parley/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

failOnLeaks();

/** Listens as Parley does, and keeps how often it was started in its data folder. */
const PROGRAM = `
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
if (process.env.FAIL) { console.error('FAIL is set.'); process.exit(2); }
mkdirSync(process.env.DATA_DIR, { recursive: true });
appendFileSync(process.env.DATA_DIR + '/starts', 'x');
const server = createServer((request, response) => response.end(readFileSync(process.env.DATA_DIR + '/starts')));
server.listen(Number(process.env.SERVER_PORT), '127.0.0.1', () => {
  console.log('The test program is at http://127.0.0.1:' + server.address().port);
});
process.on('SIGTERM', () => process.exit(0));
`;

let folder: TemporaryFolder;
let program: string;
beforeAll(() => {
  folder = makeTemporaryFolder();
  program = join(folder.path, 'program.mjs');
  writeFileSync(program, PROGRAM);
});
afterAll(() => folder.remove());

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const read = async (url: string): Promise<string> => (await fetch(url, { headers: { connection: 'close' } })).text();

test('is reachable once started, and comes back on the same port and folder', async () => {
  server = await TestServer.start({ program });
  const { url } = server;
  expect(await read(url)).toBe('x');
  expect(await server.kill('SIGTERM')).toBe(0);
  await server.restart();
  expect(server.url).toBe(url);
  expect(await read(url)).toBe('xx');
  expect(await server.kill('SIGKILL')).toBe('SIGKILL');
});

test('fails with what the program wrote when it ends instead of listening', async () => {
  await expect(TestServer.start({ program, env: { FAIL: '1' } })).rejects.toThrow(/ended with 2:\nFAIL is set/);
});

test('gets no settings from the environment of the tests', async () => {
  process.env.FAIL = '1';
  try {
    server = await TestServer.start({ program });
    expect(await read(server.url)).toBe('x');
  } finally {
    delete process.env.FAIL;
  }
});
