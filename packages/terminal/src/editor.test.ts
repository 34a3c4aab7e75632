import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Editor } from './editor.ts';
import { LineWrapper } from './editor-layout.ts';
import { keyInput } from './input-events.ts';
import { textWidth } from './width.ts';

/** The text with the cursor shown as a bar. */
const shown = (editor: Editor): string => `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`;

/** An editor with the cursor where the bar is. */
function editorAt(text: string): Editor {
  const editor = new Editor();
  const at = text.indexOf('|');
  editor.setText(text.replace('|', ''), at < 0 ? undefined : at);
  return editor;
}

function press(editor: Editor, ...chords: string[]): string {
  for (const chord of chords) {
    const parts = chord.split('+');
    const has = (name: string): boolean => parts.slice(0, -1).includes(name);
    editor.handle(keyInput(parts.at(-1) ?? '', { ctrl: has('ctrl'), alt: has('alt'), shift: has('shift') }));
  }
  return shown(editor);
}

const type = (editor: Editor, text: string): void => {
  for (const character of text) editor.handle({ type: 'text', text: character });
};

describe('what is typed a character at a time', () => {
  test('keeps joiners between what they join', () => {
    for (const text of ['👩‍👩‍👧', 'می‌خواهم', '🏴‍☠️', '👩🏽‍🚀']) {
      const editor = new Editor();
      type(editor, text);
      expect(shown(editor)).toBe(`${text}|`);
    }
    const split = new Editor();
    for (const text of ['👩\u200d', '👩', '\u200d👧']) split.insert(text);
    expect(split.text).toBe('👩‍👩‍👧');
  });

  test('leaves them out elsewhere, at the latest when it is painted', () => {
    const editor = new Editor();
    type(editor, '\u200d\u200c \u200da\u200d\u200d');
    expect(editor.text).toBe(' a\u200d');
    expect(editor.layout(10, 1).rows).toEqual([' a']);
    expect(editor.layout(10, 1).cursor).toEqual({ x: 2, y: 0 });
  });
});

describe('the cursor', () => {
  test('moves over whole characters', () => {
    expect(press(editorAt('a👨‍👩‍👧e\u0301|'), 'left')).toBe('a👨‍👩‍👧|e\u0301');
    expect(press(editorAt('a👨‍👩‍👧|é'), 'left')).toBe('a|👨‍👩‍👧é');
    expect(press(editorAt('|🇩🇪🇫🇷'), 'right')).toBe('🇩🇪|🇫🇷');
    expect(press(editorAt('|a'), 'left')).toBe('|a');
  });

  test('moves by words of any script', () => {
    expect(press(editorAt('one two, été|'), 'ctrl+left')).toBe('one two, |été');
    expect(press(editorAt('one two, |été'), 'alt+b')).toBe('one |two, été');
    expect(press(editorAt('|one two'), 'ctrl+right')).toBe('one| two');
    expect(press(editorAt('one| two'), 'alt+f')).toBe('one two|');
  });

  test('goes to the ends of its line, and of the text', () => {
    expect(press(editorAt('one\ntw|o\nthree'), 'home')).toBe('one\n|two\nthree');
    expect(press(editorAt('one\nt|wo\nthree'), 'end')).toBe('one\ntwo|\nthree');
    expect(press(editorAt('one\nt|wo'), 'ctrl+home')).toBe('|one\ntwo');
    expect(press(editorAt('o|ne\ntwo'), 'ctrl+end')).toBe('one\ntwo|');
  });

  test('moves up and down by rows as they are shown, and keeps its column', () => {
    const editor = editorAt('abcdef\nx\nabcdef|');
    editor.layout(20, 5);
    expect(press(editor, 'up')).toBe('abcdef\nx|\nabcdef');
    expect(press(editor, 'up')).toBe('abcdef|\nx\nabcdef');
    const wrapped = editorAt('aaaa bbbb cc|cc');
    wrapped.layout(5, 5);
    expect(press(wrapped, 'up')).toBe('aaaa bb|bb cccc');
  });

  test('goes where a click is', () => {
    const editor = editorAt('日本語\nabc|');
    editor.layout(10, 4);
    editor.moveToCell(3, 0);
    expect(shown(editor)).toBe('日|本語\nabc');
    editor.moveToCell(99, 9);
    expect(shown(editor)).toBe('日本語\nabc|');
  });
});

describe('editing', () => {
  test('inserts at the cursor, and erases whole characters', () => {
    const editor = editorAt('a|b');
    type(editor, 'é');
    expect(shown(editor)).toBe('aé|b');
    expect(press(editorAt('a👨‍👩‍👧|b'), 'backspace')).toBe('a|b');
    expect(press(editorAt('a|👍🏽b'), 'delete')).toBe('a|b');
  });

  test('a character that came in two parts is one', () => {
    const editor = new Editor();
    editor.handle({ type: 'text', text: '👍' });
    editor.handle({ type: 'text', text: '🏽' });
    expect(press(editor, 'left')).toBe('|👍🏽');
  });

  test('Shift+Enter, Alt+Enter and Ctrl+J make a new line; Enter and Tab are not the editor’s', () => {
    expect(press(editorAt('a|b'), 'shift+enter')).toBe('a\n|b');
    expect(press(editorAt('a|b'), 'ctrl+j')).toBe('a\n|b');
    expect(new Editor().handle(keyInput('enter'))).toBe(false);
    expect(new Editor().handle(keyInput('tab'))).toBe(false);
    expect(new Editor().handle(keyInput('t', { ctrl: true }))).toBe(false);
  });

  test('a paste is one insert and one step of undo', () => {
    const editor = editorAt('a|b');
    editor.handle({ type: 'paste', text: 'one\ntwo\x1b[2J', truncated: false });
    expect(shown(editor)).toBe('aone\ntwo[2J|b');
    expect(press(editor, 'ctrl+z')).toBe('a|b');
  });

  test('kills gather, and yank brings them back', () => {
    const editor = editorAt('one two three|');
    expect(press(editor, 'alt+backspace', 'ctrl+w')).toBe('one |');
    expect(press(editor, 'ctrl+y')).toBe('one two three|');
    expect(press(editorAt('ab|cd\nef'), 'ctrl+k', 'ctrl+k', 'ctrl+k', 'ctrl+y')).toBe('abcd\nef|');
    expect(press(editorAt('ab\ncd|ef'), 'ctrl+u')).toBe('ab\n|ef');
  });

  test('undo takes back words, redo gives them again', () => {
    const editor = new Editor();
    type(editor, 'one two');
    expect(press(editor, 'ctrl+z')).toBe('one|');
    expect(press(editor, 'ctrl+z')).toBe('|');
    expect(press(editor, 'ctrl+shift+z', 'alt+z')).toBe('one two|');
  });

  test('undo is bounded by what its texts take', () => {
    const editor = editorAt('x'.repeat(10 * 1024));
    for (let times = 0; times < 20; times++) press(editor, 'ctrl+j');
    for (let times = 0; times < 20; times++) press(editor, 'ctrl+z');
    expect(editor.text).toHaveLength(10 * 1024 + 14);
  });

  test('the length is bounded', () => {
    const editor = new Editor();
    const full = 'x'.repeat(16 * 1024 - 1);
    editor.insert(full);
    editor.insert('abc');
    expect(editor.text).toBe(`${full}a`);
    editor.insert('d');
    expect(editor.text).toBe(`${full}a`);
    const field = new Editor({ maxUnits: 3 });
    field.insert('ab');
    expect(press(field, 'ctrl+u', 'ctrl+y', 'ctrl+y')).toBe('aba|');
  });
});

describe('layout', () => {
  test('wraps after spaces and shows the cursor', () => {
    expect(editorAt('hello wor|ld').layout(7, 5)).toEqual({
      rows: ['hello ', 'world'],
      cursor: { x: 3, y: 1 },
      above: 0,
      below: 0,
    });
  });

  test('gives the cursor after a full row a row of its own', () => {
    expect(editorAt('abcd|').layout(4, 3)).toMatchObject({ rows: ['abcd', ''], cursor: { x: 0, y: 1 } });
  });

  test('scrolls as little as needed to show the cursor', () => {
    const editor = editorAt('1\n2\n3\n4\n5|');
    expect(editor.layout(10, 2)).toMatchObject({ rows: ['4', '5'], above: 3, below: 0 });
    press(editor, 'up');
    expect(editor.layout(10, 2)).toMatchObject({ rows: ['4', '5'], cursor: { y: 0 } });
    press(editor, 'up');
    expect(editor.layout(10, 2)).toMatchObject({ rows: ['3', '4'], cursor: { y: 0 }, above: 2, below: 1 });
  });

  test('counts columns, not characters', () => {
    expect(editorAt('日本👍🏽|').layout(20, 1).cursor).toEqual({ x: 6, y: 0 });
  });

  test('never passes its width, keeps every character and the cursor in sight', () => {
    const piece = fc.constantFrom('a', ' ', '\n', '日', '👍🏽', 'word ', 'é', '-', 'longerword');
    const keys = fc.constantFrom(
      'left',
      'right',
      'up',
      'down',
      'home',
      'end',
      'backspace',
      'ctrl+k',
      'ctrl+y',
      'ctrl+z',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30, size: 'max' }),
        fc.array(keys, { maxLength: 12, size: 'max' }),
        fc.integer({ min: 2, max: 14 }),
        fc.integer({ min: 1, max: 6 }),
        (parts, chords, width, maxRows) => {
          const editor = new Editor();
          editor.insert(parts.join(''));
          for (const chord of chords) {
            editor.layout(width, maxRows);
            press(editor, chord);
          }
          const { rows, cursor, above, below } = editor.layout(width, maxRows);
          for (const line of rows) expect(textWidth(line.trimEnd())).toBeLessThanOrEqual(width);
          expect(rows.length).toBeLessThanOrEqual(maxRows);
          expect(cursor.y).toBeLessThan(rows.length);
          expect(cursor.x).toBeLessThan(width);
          const whole = editor.layout(width, 1000);
          expect(whole.rows).toHaveLength(rows.length + above + below);
          expect(whole.rows.join('')).toBe(editor.text.replaceAll('\n', ''));
        },
      ),
      { numRuns: fuzzRuns(2000) },
    );
  });

  test('of the same text at the same width is made once, whatever moves in it', () => {
    const wrapper = new LineWrapper();
    const rows = wrapper.rowsOf('one\ntwo', 10);
    expect(wrapper.rowsOf('one\ntwo', 10)).toBe(rows);
    expect(wrapper.rowsOf('one\ntwo', 2)).not.toBe(rows);
  });

  test('of a pasted 10 KB costs what its length does, and of each key after it what is in sight', () => {
    const editor = new Editor();
    const keys = 10;
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    editor.handle({ type: 'paste', text: 'word e\u0301te\u0301 👍🏽 '.repeat(800), truncated: false });
    editor.layout(100, 8);
    for (let key = 0; key < keys; key++) {
      type(editor, 'x');
      editor.layout(100, 8);
    }
    const units = segment.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
    segment.mockRestore();
    // Stock blessed walks through the rest of it for each character.
    expect(units).toBeGreaterThan(editor.text.length / 4);
    expect(units).toBeLessThan(1.1 * editor.text.length + keys * 512);
  });
});
