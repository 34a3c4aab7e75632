import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTrunkNews,
  decodeTrunkRequest,
  encodeTrunkClose,
  encodeTrunkClosed,
  encodeTrunkOpen,
  encodeTrunkText,
  encodeTrunkTextHead,
  TRUNK_HEADER_BYTES,
} from './trunk.ts';

const channel = fc.nat({ max: 0xffffffff });
const text = fc.string({ unit: 'grapheme' });
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);
/** As a socket hands a frame over: a part of something longer. */
const within = (frame: Uint8Array): Uint8Array => Uint8Array.from([7, 7, 7, ...frame, 7]).subarray(3, -1);

describe('frames of a trunk', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(channel, text, fc.nat({ max: 0xffff }), (number, words, code) => {
        expect(decodeTrunkRequest(within(encodeTrunkOpen(number, words)))).toEqual({
          kind: 'open',
          channel: number,
          ticket: words,
        });
        const sent = decodeTrunkRequest(within(encodeTrunkText(number, words)));
        expect(sent).toEqual({ kind: 'text', channel: number, text: utf8(words) });
        expect(decodeTrunkRequest(encodeTrunkClose(number))).toEqual({ kind: 'close', channel: number });
        const closed = decodeTrunkNews(within(encodeTrunkClosed(number, code, words)));
        expect(closed).toEqual({ kind: 'close', channels: [number], code, reason: words });
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  it('name everyone whom a text is for', () => {
    fc.assert(
      fc.property(fc.array(channel, { maxLength: 300 }), text, (channels, words) => {
        const frame = Uint8Array.from([...encodeTrunkTextHead(channels), ...utf8(words)]);
        expect(decodeTrunkNews(within(frame))).toEqual({ kind: 'text', channels, text: utf8(words) });
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  it('are nothing when they are cut or of no kind, and never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const request = decodeTrunkRequest(bytes);
        const news = decodeTrunkNews(bytes);
        const isNone = (bytes[0] ?? 0) > 3;
        expect(request === undefined || (bytes.length >= TRUNK_HEADER_BYTES && !isNone)).toBe(true);
        expect(news === undefined || (bytes.length >= 3 && !isNone)).toBe(true);
      }),
      { numRuns: fuzzRuns(100_000) },
    );
    expect(decodeTrunkNews(encodeTrunkClosed(1, 4503, '').subarray(0, -1))).toBeUndefined();
  });
});
