import { closeSync } from 'node:fs';
import { once } from 'node:events';
import { ReadStream } from 'node:tty';
import { failOnLeaks } from '@parley/testkit';
import { expect, it } from 'vitest';
import { openPtyDescriptors, openPtyPair } from '../src/pty-pair.ts';

failOnLeaks();

it('forgets no pair that was given the number of one whose end is not told yet', async () => {
  const size = { cols: 80, rows: 24 };
  const first = openPtyPair(size, undefined);
  const stream = new ReadStream(first.master);
  stream.on('close', () => first.masterClosed());
  first.releaseSlave();
  // The descriptor is closed at once; 'close' comes with a later turn of the event loop.
  stream.destroy();
  const second = openPtyPair(size, undefined);
  expect(second.master).toBe(first.master);
  await once(stream, 'close');
  expect(openPtyDescriptors()).toContain(second.master);
  second.releaseSlave();
  closeSync(second.master);
  second.masterClosed();
  expect(openPtyDescriptors()).toEqual([]);
});
