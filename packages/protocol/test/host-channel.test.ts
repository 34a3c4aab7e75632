import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFromHost, type FromHost } from '@parley/protocol';
import { nearly } from './any-message.ts';

const id = fc.maxSafeInteger();
const message: fc.Arbitrary<FromHost> = fc.oneof(
  fc.constantFrom<FromHost>({ type: 'ready' }, { type: 'pong' }),
  id.map((each): FromHost => ({ type: 'opened', id: each })),
  fc.record({ type: fc.constant('exited'), id, failed: fc.boolean() }),
);

/** What the gateway relies on in what it takes from a host. Nothing that isn't known comes along. */
function isSound(read: FromHost): boolean {
  const names = Object.keys(read).toSorted().join();
  switch (read.type) {
    case 'opened':
      return names === 'id,type' && Number.isSafeInteger(read.id);
    case 'exited':
      return names === 'failed,id,type' && Number.isSafeInteger(read.id) && typeof read.failed === 'boolean';
    case 'ready':
    case 'pong':
    default:
      return names === 'type' && ['ready', 'pong'].includes(read.type);
  }
}

describe('what a host of terminals sends', () => {
  test('comes out as it went in', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodeFromHost(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  test.each([
    undefined,
    null,
    5,
    'ready',
    [],
    {},
    { type: 'open', id: 1 },
    { type: 'opened' },
    { type: 'opened', id: '1' },
    { type: 'opened', id: 1.5 },
    { type: 'exited', id: 1 },
    { type: 'exited', id: 1, failed: 'no' },
  ])('is no message: %j', (value) => {
    expect(decodeFromHost(value)).toBeUndefined();
  });

  test('is a message of the known shapes or none, and never throws, whatever the host says', () => {
    fc.assert(
      fc.property(fc.oneof(nearly(message), fc.anything()), (value) => {
        const read = decodeFromHost(value);
        expect(read === undefined || isSound(read)).toBe(true);
      }),
      { numRuns: fuzzRuns(3000) },
    );
  });
});
