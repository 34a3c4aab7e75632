import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InputEvent } from './input-events.ts';
import { InputTokenizer } from './input-tokenizer.ts';

/** Events in short: text in quotes, keys by chord. */
function short(events: readonly InputEvent[]): string[] {
  return events.map((event) => {
    switch (event.type) {
      case 'text':
        return `'${event.text}'`;
      case 'key':
        return event.chord;
      case 'paste':
        return `paste(${event.text})${event.truncated ? '…' : ''}`;
      case 'mouse':
        return `${event.action}:${event.button}@${event.x},${event.y}`;
      case 'focus':
        return event.focused ? 'focus' : 'blur';
      case 'reply':
      default:
        return `${event.kind}(${event.body})`;
    }
  });
}

/** Pushes the chunks; whatever waits at the end is flushed. */
const read = (...chunks: (string | Uint8Array)[]): string[] => readWith(new InputTokenizer(), chunks);

function readWith(tokenizer: InputTokenizer, chunks: readonly (string | Uint8Array)[]): string[] {
  const events = chunks.flatMap((chunk) => tokenizer.push(chunk));
  return short([...events, ...tokenizer.flush()]);
}

describe('typed text', () => {
  test('is one event a run, whole characters', () => {
    expect(read('hello')).toEqual(["'hello'"]);
    expect(read('é日本👍🏽')).toEqual(["'é日本👍🏽'"]);
  });

  test('survives a split in the middle of a UTF-8 character', () => {
    const bytes = Buffer.from('a👨‍👩‍👧b');
    for (let at = 1; at < bytes.length; at++) {
      expect(read(bytes.subarray(0, at), bytes.subarray(at)).join('').replaceAll("'", '')).toBe('a👨‍👩‍👧b');
    }
  });

  test('that is not UTF-8 shows as U+FFFD', () => {
    expect(read(Uint8Array.of(0x61, 0xff, 0x62))).toEqual(["'a\ufffdb'"]);
  });

  test('never contains C1 controls', () => {
    expect(read('a\u009b2Jb\u0085')).toEqual(["'a2Jb'"]);
  });
});

describe('keys', () => {
  test.each([
    ['\r', 'enter'],
    ['\n', 'ctrl+j'],
    ['\t', 'tab'],
    ['\x7f', 'backspace'],
    ['\x08', 'backspace'],
    ['\0', 'ctrl+space'],
    ['\x01', 'ctrl+a'],
    ['\x1f', 'ctrl+_'],
    ['\x1b[A', 'up'],
    ['\x1bOA', 'up'],
    ['\x1b[1;5C', 'ctrl+right'],
    ['\x1b[1;2D', 'shift+left'],
    ['\x1b[1;7A', 'ctrl+alt+up'],
    ['\x1bO5D', 'ctrl+left'],
    ['\x1b[H', 'home'],
    ['\x1b[4~', 'end'],
    ['\x1b[3~', 'delete'],
    ['\x1b[3;5~', 'ctrl+delete'],
    ['\x1b[5~', 'pageup'],
    ['\x1b[Z', 'shift+tab'],
    ['\x1bOP', 'f1'],
    ['\x1b[[A', 'f1'],
    ['\x1b[15~', 'f5'],
    ['\x1b[24;2~', 'shift+f12'],
    ['\x1b[a', 'shift+up'],
    ['\x1bOc', 'ctrl+right'],
    ['\x1bb', 'alt+b'],
    ['\x1bB', 'alt+shift+b'],
    ['\x1bé', 'alt+é'],
    ['\x1b👍', 'alt+👍'],
    ['\x1b ', 'alt+space'],
    ['\x1b\x7f', 'alt+backspace'],
    ['\x1b\r', 'alt+enter'],
    ['\x1b\x1b[D', 'alt+left'],
    ['\x1b\x1bOD', 'alt+left'],
    ['\x1bOM', 'enter'],
  ])('%j is %s', (bytes, chord) => {
    expect(read(bytes)).toEqual([chord]);
  });

  test.each([
    ['\x1b[13;2u', 'shift+enter'],
    ['\x1b[27;2;13~', 'shift+enter'],
    ['\x1b[13;5u', 'ctrl+enter'],
    ['\x1b[27u', 'escape'],
    ['\x1b[127;3u', 'alt+backspace'],
    ['\x1b[9;5u', 'ctrl+tab'],
    ['\x1b[99;5u', 'ctrl+c'],
    ['\x1b[98;3u', 'alt+b'],
    ['\x1b[122;6u', 'ctrl+shift+z'],
    ['\x1b[32;5u', 'ctrl+space'],
    ['\x1b[99;69u', 'ctrl+c'],
    ['\x1b[57414u', 'enter'],
    ['\x1b[57419;5u', 'ctrl+up'],
    ['\x1b[97;2u', "'A'"],
    ['\x1b[49:33;2u', "'!'"],
    ['\x1b[57400u', "'1'"],
  ])('%j, the form that tells modifiers, is %s', (bytes, expected) => {
    expect(read(bytes)).toEqual([expected]);
  });

  test('are not repeated by the report of their release, nor made by a modifier alone', () => {
    expect(read('\x1b[97;1:3u', '\x1b[1;1:3A', '\x1b[57441;2u')).toEqual([]);
  });

  test('keep their order among text in one chunk', () => {
    expect(read('ab\x1b[Ac\rd\x1b[3~')).toEqual(["'ab'", 'up', "'c'", 'enter', "'d'", 'delete']);
  });

  test('survive a chunk that also has mouse and focus reports', () => {
    expect(read('a\x1b[<0;1;1Mb\x1b[Ic\x1b[Od')).toEqual([
      "'a'",
      'press:left@0,0',
      "'b'",
      'focus',
      "'c'",
      'blur',
      "'d'",
    ]);
  });

  test('of the keypad type their characters', () => {
    expect(read('\x1bOp\x1bOn\x1bOk')).toEqual(["'0.+'"]);
  });
});

describe('Esc', () => {
  test('alone waits, and is a key when nothing follows', () => {
    const tokenizer = new InputTokenizer();
    expect(tokenizer.push('\x1b')).toEqual([]);
    expect(tokenizer.pending).toBe('ambiguous');
    expect(short(tokenizer.flush())).toEqual(['escape']);
    expect(tokenizer.pending).toBe('nothing');
  });

  test('twice is two keys', () => {
    expect(read('\x1b\x1b')).toEqual(['escape', 'escape']);
    expect(read('\x1b\x1b\x1b')).toEqual(['escape', 'escape', 'escape']);
  });

  test('before a mouse report is a key of its own', () => {
    expect(read('\x1b\x1b[<64;3;4M')).toEqual(['escape', 'wheel-up:none@2,3']);
  });

  test('and the start of a sequence are Alt and that character when nothing follows', () => {
    expect(read('\x1b[')).toEqual(['alt+[']);
    expect(read('\x1bO')).toEqual(['alt+shift+o']);
    expect(read('\x1b]')).toEqual(['alt+]']);
    expect(read('\x1bP')).toEqual(['alt+shift+p']);
  });

  test('in the middle of a sequence drops it and starts anew', () => {
    expect(read('\x1b[1;\x1b[Bx')).toEqual(['down', "'x'"]);
  });
});

describe('mouse reports', () => {
  test.each([
    ['\x1b[<0;10;5M', 'press:left@9,4'],
    ['\x1b[<0;10;5m', 'release:left@9,4'],
    ['\x1b[<2;1;1M', 'press:right@0,0'],
    ['\x1b[<32;11;5M', 'drag:left@10,4'],
    ['\x1b[<35;11;5M', 'move:none@10,4'],
    ['\x1b[<65;300;200M', 'wheel-down:none@299,199'],
    ['\x1b[<66;1;1M', 'wheel-left:none@0,0'],
    ['\x1b[32;10;5M', 'press:left@9,4'],
    ['\x1b[M !!', 'press:left@0,0'],
    ['\x1b[M#!!', 'release:none@0,0'],
  ])('%j is %s', (bytes, expected) => {
    expect(read(bytes)).toEqual([expected]);
  });

  test('tell the modifiers', () => {
    expect(new InputTokenizer().push('\x1b[<20;1;1M')).toMatchObject([{ shift: true, ctrl: true, alt: false }]);
  });

  test('several in a chunk are several events', () => {
    expect(read('\x1b[<64;1;1M\x1b[<64;1;1M\x1b[<64;1;1M')).toHaveLength(3);
  });

  test('split anywhere are one event and no text', () => {
    const report = '\x1b[<64;12;34M';
    for (let at = 1; at < report.length; at++) {
      expect(read(report.slice(0, at), report.slice(at))).toEqual(['wheel-up:none@11,33']);
    }
  });

  test('that make no sense are dropped', () => {
    expect(read('\x1b[<0;0;0M\x1b[<;;M\x1b[<0;1M\x1b[<0;99999999;1M')).toEqual([]);
  });
});

describe('a bracketed paste', () => {
  test('that has no beginning ends nothing, whatever it comes into', () => {
    for (const before of ['', '\x1b[<0;1', '\x1b]11;rgb:14', 'x']) {
      const typed = before === 'x' ? ["'x'"] : [];
      expect(read(`${before}\x1b[201~`, 'y')).toEqual([...typed, "'y'"]);
    }
  });

  test('is one event whatever it contains, with line breaks as \\n', () => {
    expect(read('\x1b[200~a\r\nb\rc\n\x1b[Ad\x03\x1b[201~e')).toEqual(['paste(a\nb\nc\n\x1b[Ad\x03)', "'e'"]);
  });

  test('survives its end marker being split anywhere', () => {
    const bytes = '\x1b[200~x\x1b[201~y';
    for (let at = 1; at < bytes.length; at++) {
      expect(read(bytes.slice(0, at), bytes.slice(at))).toEqual(['paste(x)', "'y'"]);
    }
  });

  test('may contain what looks like the end', () => {
    expect(read('\x1b[200~\x1b[20', '1;\x1b[20\x1b[201~')).toEqual(['paste(\x1b[201;\x1b[20)']);
  });

  test('longer than the limit is cut and says so', () => {
    const tokenizer = new InputTokenizer({ maxPasteUnits: 10 });
    const events = [...tokenizer.push(`\x1b[200~${'x'.repeat(8)}`), ...tokenizer.push(`${'y'.repeat(8)}\x1b[201~z`)];
    expect(short(events)).toEqual(['paste(xxxxxxxxyy)…', "'z'"]);
  });

  test('of a quarter of a megabyte is no longer than an editor could take twice', () => {
    const event = new InputTokenizer().push(`\x1b[200~${'ก\n'.repeat(128 * 1024)}\x1b[201~`)[0];
    expect(event).toEqual({ type: 'paste', text: 'ก\n'.repeat(16 * 1024), truncated: true });
  });

  test('without an end is given out when it is flushed', () => {
    const tokenizer = new InputTokenizer();
    tokenizer.push('\x1b[200~abc\x1b[20');
    expect(tokenizer.pending).toBe('paste');
    expect(short(tokenizer.flush())).toEqual(['paste(abc\x1b[20)']);
  });

  test('an end without a start is nothing', () => {
    expect(read('\x1b[201~')).toEqual([]);
  });
});

describe('what a terminal says by itself', () => {
  test.each([
    ['\x1b[24;80R', 'cursor(24;80)'],
    ['\x1b[?24;80R', 'cursor(?24;80)'],
    ['\x1b[?62;1;4c', 'device(?62;1;4)'],
    ['\x1b[>41;354;0c', 'device(>41;354;0)'],
    ['\x1b[?2026;2$y', 'mode(?2026;2)'],
    ['\x1b[0n', 'status(0)'],
    ['\x1b[8;24;80t', 'window(8;24;80)'],
    ['\x1b[?1u', 'keyboard(?1)'],
    ['\x1b]11;rgb:0000/0000/0000\x1b\\', 'osc(11;rgb:0000/0000/0000)'],
    ['\x1b]11;rgb:ffff/ffff/ffff\x07', 'osc(11;rgb:ffff/ffff/ffff)'],
    ['\x1bP>|XTerm(354)\x1b\\', 'dcs(>|XTerm(354))'],
    ['\x1b_Gi=1;OK\x1b\\', 'apc(Gi=1;OK)'],
  ])('%j is a reply, whole or split', (bytes, expected) => {
    expect(read(bytes)).toEqual([expected]);
    for (let at = 1; at < bytes.length; at++) {
      expect(read(`a${bytes.slice(0, at)}`, `${bytes.slice(at)}b`)).toEqual(["'a'", expected, "'b'"]);
    }
  });

  test('unknown sequences are nothing', () => {
    expect(read('\x1b[?25h\x1b[1;2;3;4x\x1b[!p\x1b[38;5;1mok')).toEqual(["'ok'"]);
  });

  test('a string that never ends gives way to a control character', () => {
    expect(read('\x1b]0;title\x03x')).toEqual(['ctrl+c', "'x'"]);
  });
});

/** What sequences are made of. */
const PIECES = (
  '\x1b [ O ] P _ ^ X < > ? ; : 1 27 200 201 ~ M m u R c $ ' +
  '\x07 \\ a é 👍🏽 \u009b \u009c \u0085 \r \x03 \x7f \x00 \x1b[20 \x1b[200~ \x1b[201~ \x1b[<0;1;1M \x1b[M \x1b[[A \x1b[I ' +
  `\x1b[13;2u \x1b[1;5A \x1bOP \x1b\x1b[A \x1b]0;t \x1b\\ ${'1;'.repeat(70)} ${'long'.repeat(1100)}`
).split(' ');

describe('garbage', () => {
  test('a sequence without end is dropped up to its final byte', () => {
    expect(read(`\x1b[${'1;'.repeat(5000)}mok`)).toEqual(["'ok'"]);
  });

  test('a string of megabytes keeps no more than its start', () => {
    const tokenizer = new InputTokenizer();
    tokenizer.push('\x1b]52;c;');
    for (let i = 0; i < 3; i++) tokenizer.push('A'.repeat(60_000));
    const [reply] = tokenizer.push('\x07');
    expect(reply).toMatchObject({ type: 'reply', kind: 'osc' });
    expect(reply?.type === 'reply' && reply.body.length).toBeLessThanOrEqual(4096);
  });

  test('a string past all measure ends by itself', () => {
    const tokenizer = new InputTokenizer();
    tokenizer.push(`\x1bP${'A'.repeat(300_000)}`);
    expect(short(tokenizer.push('x\r')).at(-1)).toBe('enter');
  });

  const bytes = fc.oneof(
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 40, size: 'max' }) },
    {
      weight: 5,
      arbitrary: fc
        .array(fc.constantFrom(...PIECES), { maxLength: 24, size: 'max' })
        .map((parts) => Buffer.from(parts.join(''))),
    },
  );

  /** Few enough of a paste are kept for pastes to be cut. */
  const reader = (): InputTokenizer => new InputTokenizer({ maxPasteUnits: 8 });

  test('split anywhere gives the same events', () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6, size: 'max' });
    fc.assert(
      fc.property(bytes, cuts, (input, places) => {
        const offsets = places.map((place) => Math.round(place * input.length)).toSorted((a, b) => a - b);
        const parts = [...offsets, input.length].map((end, index) => input.subarray(offsets[index - 1] ?? 0, end));
        expect(joined(readWith(reader(), parts))).toEqual(joined(readWith(reader(), [input])));
      }),
      { numRuns: fuzzRuns(5000) },
    );
  });

  test('byte by byte gives the same events', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const parts = Array.from({ length: input.length }, (_, at) => input.subarray(at, at + 1));
        expect(joined(readWith(reader(), parts))).toEqual(joined(readWith(reader(), [input])));
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  test('never becomes text with controls in it, and is over after a flush', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5, size: 'max' }), (chunks) => {
        const tokenizer = new InputTokenizer();
        const events = [...chunks.flatMap((chunk) => tokenizer.push(chunk)), ...tokenizer.flush()];
        const texts = events.map((event) => (event.type === 'text' ? event.text : ''));
        expect(texts.join('')).not.toMatch(/[\p{Control}\p{Surrogate}]/u);
        const names = events.map((event) => (event.type === 'key' ? event.name : 'none'));
        expect(names.filter((name) => !/^[a-z]+\d*$|^.$/u.test(name))).toEqual([]);
        expect(tokenizer.pending).toBe('nothing');
        expect(short(tokenizer.push('\x1b[A')).at(-1)).toBe('up');
      }),
      { numRuns: fuzzRuns(3000) },
    );
  });
});

/** Neighbouring text events as one: a run that came in two chunks is two events. */
function joined(events: readonly string[]): string {
  return events.join('\0').replaceAll("'\0'", '');
}
