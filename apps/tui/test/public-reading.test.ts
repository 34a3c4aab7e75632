/** Whether public rooms are for everyone, asked of a server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failOnLeaks, pollFor, startTestServer } from '@parley/testkit';
import { expect, test } from 'vitest';
import { PublicReading } from '../src/runtime/public-reading.ts';

failOnLeaks();

test('is known of a core a moment after it was asked for', async () => {
  const core = await startTestServer({ program: 'core' });
  const { url } = core.server;
  const reading = new PublicReading();
  expect(reading.isOn(url)).toBe(false);
  await pollFor(() => reading.isOn(url), true);
  await core.close();
});

test.each([
  { status: 401, means: 'no, and is not asked again', isAskedAgain: false },
  { status: 429, means: 'not known, and is asked again', isAskedAgain: true },
])('answered with $status is $means', async ({ status, isAskedAgain }) => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, { connection: 'close' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reading = new PublicReading();
  expect(reading.isOn(url)).toBe(false);
  await pollFor(() => asked, 1);
  // Asked at once it would still wait for the answer. Nothing tells when it has taken that in: a machine that is slower than
  // so many turns lets a fault through, and never fails without one.
  for (let time = 0; time < 50; time++) {
    expect(reading.isOn(url)).toBe(false);
    await nextTurn();
  }
  await pollFor(() => asked > 1, isAskedAgain);
  await new Promise((resolve) => server.close(resolve));
});
