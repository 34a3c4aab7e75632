import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFrequent } from '../src/frequent-requests.ts';
import { requestSchema } from '../src/requests.ts';

const nasty = fc.constantFrom(
  '',
  ' ',
  '\u0000',
  '\ud800',
  '@',
  '@12',
  '@@1',
  'dev',
  'Dév',
  'De\u0301v',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(66),
  `@${'a'.repeat(64)}`,
  `@${'a'.repeat(65)}`,
  'dev\n',
  '\u2028',
  '\ufeff',
  '😀',
  'x\u0000',
  'x\udc00',
);
const anything = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 70, size: 'max' }),
  fc.integer(),
  fc.double(),
  fc.constantFrom<unknown>(null, true, [], {}, -0, 0, 1, 1.5, -1, 2 ** 53, 2 ** 53 - 1, Infinity, Number.NaN),
);
const uuid = fc.oneof(
  fc.uuid(),
  fc.uuid().map((each) => each.toUpperCase()),
  fc.uuid().map((each) => `${each}\n`),
  fc.constantFrom(
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '00000000-0000-9000-8000-000000000000',
    '00000000-0000-4000-c000-000000000000',
    '00000000-0000-4000-8000-00000000000g',
  ),
);
const number = fc.oneof(fc.integer({ min: -2 }), fc.double(), anything);
const text = fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.string(), anything);
const room = fc.oneof(fc.stringMatching(/^@?[A-Za-z0-9._-]{0,66}$/), anything);

const request = fc
  .record(
    {
      type: fc.constantFrom('message.send', 'read.mark', 'typing', 'ping'),
      id: number,
      room,
      text,
      cid: fc.oneof(uuid, anything),
      replyTo: number,
      seq: number,
      extra: fc.anything(),
    },
    { requiredKeys: ['type'] },
  )
  // Fields that are absent, not undefined: as JSON has them.
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));

describe('a frequent request', () => {
  it('is read as its schema reads it, or left to the schema', () => {
    fc.assert(
      fc.property(request, (fields) => {
        const type = String(fields.type);
        const read = readFrequent({ ...fields, type });
        if (read === undefined) return;
        const parsed = requestSchema(type)?.safeParse(fields);
        expect(parsed?.success).toBe(true);
        expect(read).toStrictEqual(parsed?.data);
      }),
      { numRuns: fuzzRuns(20_000) },
    );
  });

  it('is never left to the schema as clients send it', () => {
    const plain = fc.record(
      {
        type: fc.constantFrom('message.send', 'read.mark', 'typing', 'ping'),
        id: fc.nat(),
        room: fc.stringMatching(/^@?[A-Za-z0-9._-]{1,64}$/),
        text: fc.string({ minLength: 1, unit: 'grapheme' }).map((each) => `x${each}`),
        cid: fc.uuid(),
        replyTo: fc.integer({ min: 1 }),
        seq: fc.nat(),
      },
      { requiredKeys: ['type', 'room', 'text', 'cid', 'seq'] },
    );
    fc.assert(
      fc.property(plain, (fields) => {
        expect(readFrequent(fields)?.type).toBe(fields.type);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });
});
