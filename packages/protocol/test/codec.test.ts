import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeClientFrame, decodeServerFrame, encodeRequest } from '@parley/protocol';
import { anyFrame, request } from './any-message.ts';

describe('a client’s frame', () => {
  test.each(['', 'hello', '{', '[]', '[{"type":"ping"}]', 'null', '5', '"ping"', '{}', '{"type":5}', '{"type":null}'])(
    'is no message: %s',
    (frame) => {
      expect(decodeClientFrame(frame)).toEqual({ kind: 'not_a_message' });
    },
  );

  test('is refused, not fatal, when its type is unknown', () => {
    const decoded = decodeClientFrame('{"type":"room.explode","id":4}');
    expect(decoded).toMatchObject({ kind: 'refused', type: 'room.explode', re: 4 });
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('does not take %s for a request', (type) => {
    expect(decodeClientFrame(JSON.stringify({ type }))).toMatchObject({ kind: 'refused' });
  });

  test('is answered by id whenever the id is a number', () => {
    expect(decodeClientFrame('{"type":"history","id":7}')).toMatchObject({ kind: 'refused', re: 7 });
    expect(decodeClientFrame('{"type":"history","id":1.5}')).toMatchObject({ re: 1.5 });
    expect(decodeClientFrame('{"type":"ping","id":"7"}')).toMatchObject({ kind: 'refused', re: undefined });
    // Infinity, which no answer could carry.
    expect(decodeClientFrame('{"type":"ping","id":1e999}')).toMatchObject({ kind: 'refused', re: undefined });
  });

  test('says which field is wrong, in words', () => {
    expect(decodeClientFrame('{"type":"room.join","room":"a b"}')).toMatchObject({
      message: "The room takes 1 to 64 letters, digits, '.', '_' or '-'.",
    });
    expect(decodeClientFrame('{"type":"room.join","room":5}')).toMatchObject({
      message: 'room: Invalid input: expected string, received number.',
    });
  });

  test.each([
    ['in a field that nobody knows', '{"type":"ping","id":7,"x":"a\\ud800b"}'],
    ['in the name of one', '{"type":"ping","id":7,"x\\u0000":1}'],
    ['deep inside', `{"type":"room.list","id":7,"x":${'['.repeat(9000)}{"y":["\\uDC00"]}${']'.repeat(9000)}}`],
    ['among many', `{"type":"room.list","id":7,"x":["\\u0000"${',1'.repeat(30_000)}]}`],
  ])('is refused with U+0000 or a lone surrogate %s', (_, frame) => {
    expect(decodeClientFrame(frame)).toMatchObject({ kind: 'refused', re: 7 });
  });

  test('may have what is escaped and clean in any field', () => {
    const frame = '{"type":"ping","x\\u00e4":["\\ud83d\\ude00","\\\\u0000 \\\\ud800"]}';
    expect(decodeClientFrame(frame)).toEqual({ kind: 'request', request: { type: 'ping' } });
  });

  test('of any type comes out as it went in', () => {
    fc.assert(
      fc.property(request, (sent) => {
        expect(decodeClientFrame(encodeRequest(sent))).toEqual({ kind: 'request', request: sent });
      }),
      { numRuns: fuzzRuns(2000) },
    );
  });

  test('of any text, any JSON and any fields is a request, refused in clean words, or no message', () => {
    fc.assert(
      fc.property(anyFrame(request), (frame) => {
        const decoded = decodeClientFrame(frame);
        expect(['request', 'refused', 'not_a_message']).toContain(decoded.kind);
        const words = decoded.kind === 'refused' ? decoded.message : 'It is not refused.';
        expect(words).toMatch(/^[^\p{Control}\p{Surrogate}]{1,300}$/u);
      }),
      { numRuns: fuzzRuns(5000) },
    );
  });
});

describe('a server’s frame', () => {
  test('is one message or several in order', () => {
    expect(decodeServerFrame('{"type":"pong"}')).toEqual([{ type: 'pong' }]);
    expect(decodeServerFrame('[{"type":"pong","re":1},{"type":"pong","re":2}]')).toMatchObject([{ re: 1 }, { re: 2 }]);
    expect(decodeServerFrame('[]')).toEqual([]);
  });

  test.each(['', '{', 'null', '5', '{}', '[5]', '[{"type":"pong"},{}]', '[[{"type":"pong"}]]'])(
    'is none: %s',
    (frame) => {
      expect(decodeServerFrame(frame)).toBeUndefined();
    },
  );

  test('of any text never throws', () => {
    fc.assert(
      fc.property(anyFrame(request), (frame) => {
        const messages = decodeServerFrame(frame);
        expect(messages === undefined || messages.every(({ type }) => typeof type === 'string')).toBe(true);
      }),
      { numRuns: fuzzRuns(2000) },
    );
  });
});

test('a request that would be refused for its size is not encoded', () => {
  const topic = { type: 'room.topic', room: 'dev' };
  expect(encodeRequest({ ...topic, topic: 'x' } as { type: string })).toBe(
    '{"type":"room.topic","room":"dev","topic":"x"}',
  );
  expect(() => encodeRequest({ ...topic, topic: 'é'.repeat(33_000) } as { type: string })).toThrow(RangeError);
});
