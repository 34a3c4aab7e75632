import { decodeServerFrame, encodeMessage, MAX_SERVER_FRAME_BYTES } from '@parley/protocol';
import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesOf, textFrame } from './frames.ts';

/** Reads frames as RFC 6455 (5.2) has them: final, text, unmasked, one of three lengths. */
function read(frames: readonly Buffer[]): string[] {
  return frames.map((frame) => {
    const short = frame[1] ?? 0;
    const [length, header] =
      short === 127 ? [Number(frame.readBigUInt64BE(2)), 10] : short === 126 ? [frame.readUInt16BE(2), 4] : [short, 2];
    expect(frame[0]).toBe(0x81);
    expect(frame.length).toBe(header + length);
    // The shortest form is a MUST.
    expect(length).toBeGreaterThanOrEqual(header === 10 ? 65_536 : header === 4 ? 126 : 0);
    return frame.subarray(header).toString();
  });
}

describe('a text frame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])('of %i bytes is what a client reads', (length) => {
    const text = 'x'.repeat(length);
    expect(read([textFrame(text)])).toEqual([text]);
  });

  it('counts bytes, not characters', () => {
    const text = '👩‍👩‍👧 é 語'.repeat(20);
    expect(read([textFrame(text)])).toEqual([text]);
  });
});

describe('messages in frames', () => {
  it('are an object for one and an array for several', () => {
    expect(read(framesOf(['{"a":1}']))).toEqual(['{"a":1}']);
    expect(read(framesOf(['{"a":1}', '{"b":2}']))).toEqual(['[{"a":1},{"b":2}]']);
    expect(framesOf([])).toEqual([]);
  });

  it('stay in order, in frames of at most 256 KiB', () => {
    const messages = Array.from({ length: 500 }, (_, seq) => JSON.stringify({ seq, text: '語'.repeat(seq * 3) }));
    const frames = framesOf(messages);
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(256 * 1024 + 10);
    const seqs = read(frames).flatMap((text) => (JSON.parse(text) as { seq: number }[]).map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: 500 }, (_, seq) => seq));
  });

  it('that pass the limit alone stand alone', () => {
    const long = JSON.stringify({ text: 'x'.repeat(300_000) });
    expect(read(framesOf(['{"a":1}', long, '{"b":2}']))).toEqual(['{"a":1}', long, '{"b":2}']);
  });

  it('are all there, in order and within the limit, whatever they say', () => {
    const notice = (text: string): string => encodeMessage({ type: 'notice', text });
    const textOf = (most: number) =>
      fc.tuple(fc.constantFrom('x', 'é', '日', '👍🏽', '"\n'), fc.nat(most)).map(([piece, times]) => piece.repeat(times));
    const textsOf = (most: number) => fc.array(textOf(most), { maxLength: 8, size: 'max' });
    // The large ones, which make several frames, take a hundred times as long.
    const texts = fc.oneof({ weight: 7, arbitrary: textsOf(20) }, { weight: 1, arbitrary: textsOf(25_000) });
    const seen = { one: 0, several: 0 };
    fc.assert(
      fc.property(texts, (all) => {
        const frames = framesOf(all.map(notice));
        seen[frames.length > 1 ? 'several' : 'one']++;
        const messages = read(frames).flatMap((frame) => decodeServerFrame(frame) ?? []);
        // Compared as strings: a thousand times as quick, and as strict.
        expect(messages.map(encodeMessage).join('\0') === all.map(notice).join('\0')).toBe(true);
        for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(MAX_SERVER_FRAME_BYTES + 10);
      }),
      { numRuns: fuzzRuns(200, 10) },
    );
    expect(Math.min(seen.one, seen.several)).toBeGreaterThan(0);
  });
});
