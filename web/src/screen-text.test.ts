import { describe, expect, it } from 'vitest';
import { linksOf } from './links.ts';
import { readLines, rowsMovedUp, type ScreenCell, type ScreenRows, type TextArea, textBetween } from './screen-text.ts';

const WIDE = /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uff00-\uff60]|\p{Emoji_Presentation}/u;

/** Rows of text as a terminal has them. */
const screen =
  (...rows: string[]): ScreenRows =>
  (row) =>
    rows[row] === undefined
      ? undefined
      : [...rows[row].padEnd(40)].flatMap((chars): ScreenCell[] =>
          WIDE.test(chars)
            ? [
                { chars, width: 2 },
                { chars: '', width: 0 },
              ]
            : [{ chars: chars === ' ' ? '' : chars, width: 1 }],
        );

/** Words begin at column 15 and have 14 columns: the last one of the pane stays free. */
const pane: TextArea = { left: 4, top: 0, cols: 26, rows: 5, text: 15 };
/** The same without its margin. */
const words: TextArea = { ...pane, left: 15, cols: 15, margin: 4 };
const all = { from: { row: 0, column: 0 }, to: { row: 99, column: 40 } };
const wholeText = (rows: ScreenRows, area = pane): string =>
  textBetween(readLines(rows, area), all.from, all.to, area.text);

describe('copying from the message pane', () => {
  it('leaves out the side panes and the blanks', () => {
    const rows = screen('dev│ 12:01 ada hello            │bob', 'ops│       bob hi               │cy');
    expect(wholeText(rows)).toBe('12:01 ada hello\nbob hi');
  });

  it('joins what was wrapped: words with a space, a long word without', () => {
    const rows = screen(
      'dev│ 12:01 ada one two three   │bob',
      'ops│           four            │cy',
      '   │       bob aaaaaaaaaaaaaa │',
      '   │           bbb             │',
    );
    expect(wholeText(rows)).toBe('12:01 ada one two three four\nbob aaaaaaaaaaaaaabbb');
  });

  it('keeps messages apart that follow each other without a name', () => {
    const rows = screen('   │ 12:01 ada one             │', '   │           two             │');
    expect(wholeText(rows)).toBe('12:01 ada one\ntwo');
  });

  it('keeps apart what begins a line though it would not have fitted above: the blank before it is another one', () => {
    const rows = screen(
      '   │ 12:01 ada one two three   │',
      '   │          \u00a0four            │',
      '   │          \u00a0日本            │',
    );
    expect(wholeText(rows)).toBe('12:01 ada one two three\nfour\n日本');
    expect(wholeText(rows, words)).toBe('one two three\nfour\n日本');
  });

  it('joins wide characters without a space', () => {
    const rows = screen('   │ 12:01 ada 日本日本日本日 │', '   │           本              │');
    expect(wholeText(rows)).toBe('12:01 ada 日本日本日本日本');
  });

  it('joins Korean and emoji with the spaces that they have', () => {
    const rows = screen(
      '   │ 12:01 ada 안녕하세요      │',
      '   │           여러분          │',
      '   │           반갑습니다      │',
      '   │       bob what a day 🎉   │',
      '   │           and thanks to   │',
      '   │           🙏🙏🙏🙏🙏🙏🙏  │',
      '   │           🙏 all          │',
      '   │       cyd 안녕 日本日本   │',
      '   │           語 abc日本日本  │',
      '   │       bob 안녕하세요 a    │',
      '   │           日本            │',
    );
    expect(wholeText(rows, { ...pane, rows: 11 })).toBe(
      [
        '12:01 ada 안녕하세요 여러분 반갑습니다',
        'bob what a day 🎉 and thanks to 🙏🙏🙏🙏🙏🙏🙏🙏 all',
        'cyd 안녕 日本日本語 abc日本日本',
        'bob 안녕하세요 a',
        '日本',
      ].join('\n'),
    );
  });

  it('gives a day its name without the line around it', () => {
    expect(wholeText(screen('   │ ──── Today ───────────── │'))).toBe('Today');
  });

  it('takes the words alone when it begins in them', () => {
    const rows = screen('   │ 12:01 ada hello           │', '   │       bob hi              │');
    const [from, to] = [
      { row: 0, column: 17 },
      { row: 1, column: 17 },
    ];
    expect(textBetween(readLines(rows, words), from, to, 15)).toBe('llo\nhi');
  });

  it('keeps apart what several people have said, also where it begins in the words', () => {
    const rows = screen(
      '   │ 12:01 ada one two three   │',
      '   │           four five six   │',
      '   │       bob seven eight     │',
      '   │           nine            │',
      '   │ 12:02 cyd tenth           │',
    );
    const said = ['one two three four five six', 'seven eight nine', 'tenth'].join('\n');
    expect(wholeText(rows, words)).toBe(said);
  });

  it('counts a character of two columns once', () => {
    const rows = screen('   │ 12:01 ada a日b             │');
    expect(textBetween(readLines(rows, pane), { row: 0, column: 16 }, { row: 0, column: 18 }, 15)).toBe('日');
  });
});

describe('how far text has moved', () => {
  const before = ['', '12:01 ada one', '12:02 bob two', 'same', 'same', '12:03 cyd three'];

  it.each([
    ['up, by a message', ['12:01 ada one', '12:02 bob two', 'same', 'same', '12:03 cyd three', '12:04 ada four'], 1],
    ['up, by more than half of the area', ['same', '12:03 cyd three', 'a', 'b', 'c', 'd'], 4],
    ['down, as one scrolls back', ['x', 'y', '', '12:01 ada one', '12:02 bob two', 'same'], -2],
    ['not at all', before, 0],
    ['not at all where a row is another one', ['', '12:01 ada one', '12:02 bob two', 'same', 'same', 'else'], 0],
    ['nowhere that could be told', ['a', 'b', 'c', 'd', 'e', 'f'], 0],
  ])('%s', (_how, after, rows) => {
    expect(rowsMovedUp(before, after)).toBe(rows);
  });
});

it('reads any other screen row by row', () => {
  const area = { left: 0, top: 0, cols: 40, rows: 2, text: undefined };
  expect(wholeText(screen('$ ls', 'a  b'), area)).toBe('$ ls\na  b');
});

describe('links', () => {
  const address = 'https://example.org/a-very-long/path';
  const rows = screen(
    'dev│ 12:01 ada https://exampl │bob',
    '   │           e.org/a-very-  │',
    '   │           long/path. Yes  │',
  );

  it('go over the rows of a message, each row with its part', () => {
    const [line, ...others] = readLines(rows, { ...pane, rows: 3 });
    expect(others).toEqual([]);
    if (line === undefined) throw new Error('no line');
    const parts = [0, 1, 2].flatMap((row) => linksOf(line, row, row + 1));
    expect(parts.map(({ text }) => text)).toEqual([address, address, address]);
    expect(parts.map(({ range }) => [range.start.x, range.end.x])).toEqual([
      [16, 29],
      [16, 28],
      [16, 24],
    ]);
  });
});
