import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeMessage,
  encodeRequest,
  joinFrames,
  MAX_SERVER_FRAME_BYTES,
  utf8Bytes,
} from '@parley/protocol';

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
  });

  test('says which field is wrong, in words', () => {
    expect(decodeClientFrame('{"type":"room.join","room":"a b"}')).toMatchObject({
      message: "room: takes 1 to 64 letters, digits, '.', '_' or '-'",
    });
  });

  test('of any text, any JSON and any fields never throws', () => {
    const types = ['hello', 'room.create', 'message.send', 'history', 'typing', 'nonsense'];
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .tuple(
          fc.constantFrom(...types),
          fc.dictionary(fc.constantFrom('id', 'room', 'text', 'cid', 'resume'), fc.jsonValue()),
        )
        .map(([type, fields]) => JSON.stringify({ ...fields, type })),
    );
    fc.assert(
      fc.property(anything, (frame) => {
        expect(['request', 'refused', 'not_a_message']).toContain(decodeClientFrame(frame).kind);
      }),
      { numRuns: 5000 },
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
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (frame) => {
        const messages = decodeServerFrame(frame);
        expect(messages === undefined || messages.every(({ type }) => typeof type === 'string')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('joining messages into frames', () => {
  const notice = (text: string): string => encodeMessage({ type: 'notice', text });

  test('leaves a lone message an object', () => {
    expect(joinFrames([notice('a')])).toEqual(['{"type":"notice","text":"a"}']);
    expect(joinFrames([])).toEqual([]);
  });

  test('makes one array of several', () => {
    expect(joinFrames([notice('a'), notice('b')])).toEqual([
      '[{"type":"notice","text":"a"},{"type":"notice","text":"b"}]',
    ]);
  });

  test('sends a message that is larger than a frame on its own', () => {
    const large = notice('x'.repeat(MAX_SERVER_FRAME_BYTES));
    expect(joinFrames([notice('a'), large, notice('b')])).toEqual([notice('a'), large, notice('b')]);
  });

  test('keeps every message, their order and the limit in bytes', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 3000 }), { maxLength: 200 });
    fc.assert(
      fc.property(texts, (all) => {
        const frames = joinFrames(all.map(notice));
        const messages = frames.flatMap((frame) => decodeServerFrame(frame) ?? []);
        expect(messages).toEqual(all.map((text) => ({ type: 'notice', text })));
        for (const frame of frames) expect(utf8Bytes(frame)).toBeLessThanOrEqual(MAX_SERVER_FRAME_BYTES);
      }),
      { numRuns: 50 },
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
