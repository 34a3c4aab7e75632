import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageList } from './message-list.ts';
import { row, type StyledRow } from './styled-row.ts';

interface Item {
  readonly key: number;
  readonly rows: number;
  readonly version?: number;
}

function listOf(items: readonly Item[], size = { width: 20, height: 4 }, most = Infinity) {
  let rendered = 0;
  let asked = 0;
  /** Those of the portion before. */
  let done = 0;
  const list = new MessageList<Item>({
    keyOf: (item) => item.key,
    render: (item): StyledRow[] => {
      rendered++;
      return Array.from({ length: item.rows }, (_, at) => row(`${item.key}.${at}${'v'.repeat(item.version ?? 0)}`));
    },
    isSpent: () => rendered - done >= most,
    onNeedOlder: () => asked++,
  });
  list.resize(size.width, size.height);
  list.append(items);
  return {
    list,
    shown: (): string[] => list.view().map((shown) => shown.row.text),
    counts: () => ({ rendered, asked }),
    goOn: (): void => void (done = rendered),
  };
}

const items = (from: number, to: number, rows = 1): Item[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ key: from + at, rows }));

describe('a message list', () => {
  test('follows at the bottom', () => {
    const { list, shown } = listOf(items(1, 6));
    expect(shown()).toEqual(['3.0', '4.0', '5.0', '6.0']);
    list.append(items(7, 7));
    expect(shown()).toEqual(['4.0', '5.0', '6.0', '7.0']);
    expect(list.newBelow).toBe(0);
  });

  test('makes rows in portions: a view is shorter meanwhile, and a scroll goes less far', () => {
    const { list, shown, counts, goOn } = listOf(items(1, 40), { width: 20, height: 8 }, 3);
    list.restore({ at: 'item', key: 10, row: 0 });
    list.setOlder('available');
    const portions = [1, 2, 3, 4].map(() => {
      goOn();
      return shown();
    });
    expect(portions.map((rows) => rows.length)).toEqual([6, 8, 8, 8]);
    expect(portions.at(-1)).toEqual(['10.0', '11.0', '12.0', '13.0', '14.0', '15.0', '16.0', '17.0']);
    for (let times = 0; times < 3; times++, goOn()) shown();
    const before = counts().rendered;
    list.scrollPages(1);
    expect(counts().rendered - before).toBeLessThanOrEqual(4);
    for (let times = 0; times < 4; times++, goOn()) shown();
    expect(counts().asked).toBe(0);
    expect(shown()).toHaveLength(8);
  });

  test('shows what there is when that is less than the height', () => {
    const { list, shown } = listOf(items(1, 2));
    expect(shown()).toEqual(['1.0', '2.0']);
    list.scroll(-1);
    expect(list.following).toBe(true);
  });

  test('shows the end of an item that is higher than the view', () => {
    const { list, shown } = listOf([{ key: 1, rows: 6 }]);
    expect(shown()).toEqual(['1.2', '1.3', '1.4', '1.5']);
    list.scroll(-1);
    expect(shown()).toEqual(['1.1', '1.2', '1.3', '1.4']);
  });

  test('holds its place and counts what is new while items are appended', () => {
    const { list, shown } = listOf(items(1, 9));
    list.scroll(-3);
    const before = shown();
    list.append(items(10, 14));
    expect(shown()).toEqual(before);
    expect(list.newBelow).toBe(5);
    list.scroll(5);
    expect(list.newBelow).toBe(3);
    list.scroll(99);
    expect([list.newBelow, list.following]).toEqual([0, true]);
  });

  test('holds its place while older items are prepended and items above are edited', () => {
    const { list, shown } = listOf(items(10, 20));
    list.scroll(-4);
    const before = shown();
    list.prepend(items(1, 9, 3), 'none');
    list.update({ key: 11, rows: 7 });
    expect(shown()).toEqual(before);
    list.toTop();
    expect(shown()[0]).toBe('1.0');
  });

  test('shows an edit in its place', () => {
    const { list, shown } = listOf(items(1, 4));
    list.update({ key: 3, rows: 1, version: 1 });
    expect(shown()).toEqual(['1.0', '2.0', '3.0v', '4.0']);
    expect(list.update({ key: 99, rows: 1 })).toBe(false);
  });

  test('closes the gap that a removed item leaves', () => {
    const { list, shown } = listOf(items(1, 9));
    list.scroll(-2);
    list.remove(4);
    expect(shown()).toEqual(['5.0', '6.0', '7.0', '8.0']);
    expect(list.has(4)).toBe(false);
    list.update({ key: 8, rows: 1, version: 1 });
    expect(shown()).toEqual(['5.0', '6.0', '7.0', '8.0v']);
  });

  test('takes an item with a known key as an edit', () => {
    const { list, shown } = listOf(items(1, 3));
    list.append([{ key: 2, rows: 1, version: 1 }]);
    expect(shown()).toEqual(['1.0', '2.0v', '3.0']);
  });

  test('keeps the item at the top when its width changes', () => {
    const { list, shown } = listOf(items(1, 20));
    list.scroll(-8);
    const first = shown()[0];
    list.resize(10, 6);
    expect(shown()[0]).toBe(first);
    expect(shown()).toHaveLength(6);
  });

  test('scrolls by pages that share a row', () => {
    const { list, shown } = listOf(items(1, 20));
    list.scrollPages(-1);
    expect(shown()).toEqual(['14.0', '15.0', '16.0', '17.0']);
    list.scrollPages(1);
    expect(list.following).toBe(true);
  });

  test('saves and restores its position', () => {
    const { list, shown } = listOf(items(1, 20, 2));
    list.scroll(-9);
    const before = shown();
    const saved = list.position;
    list.toBottom();
    expect(list.position).toEqual({ at: 'bottom' });
    expect(list.restore(saved)).toBe(true);
    expect(shown()).toEqual(before);
    expect(list.restore({ at: 'item', key: 999, row: 0 })).toBe(false);
    expect(list.following).toBe(true);
  });

  test('tells each row’s item', () => {
    const { list } = listOf([
      { key: 1, rows: 2 },
      { key: 2, rows: 1 },
    ]);
    expect(list.view().map((shown) => shown.item.key)).toEqual([1, 1, 2]);
  });
});

describe('older items', () => {
  test('are asked for once, when the view comes near the top', () => {
    const { list, shown, counts } = listOf(items(1, 30));
    list.setOlder('available');
    shown();
    expect(counts().asked).toBe(0);
    list.scroll(-24);
    shown();
    shown();
    expect(counts().asked).toBe(1);
    list.prepend(items(-29, 0), 'available');
    shown();
    expect(counts().asked).toBe(1);
    list.toTop();
    shown();
    expect(counts().asked).toBe(2);
    list.prepend([], 'none');
    list.toTop();
    shown();
    expect(counts().asked).toBe(2);
  });

  test('are asked for when what is there does not fill the view', () => {
    const { list, shown, counts } = listOf(items(1, 2));
    list.setOlder('available');
    shown();
    expect(counts().asked).toBe(1);
  });
});

describe('cost', () => {
  test('an append renders what is new, not the history', () => {
    const { list, shown, counts } = listOf(items(1, 4000));
    shown();
    const before = counts().rendered;
    for (let key = 4001; key <= 4100; key++) {
      list.append([{ key, rows: 1 }]);
      shown();
    }
    expect(counts().rendered - before).toBeLessThanOrEqual(110);
  });

  test('jumping through a long history renders a few screens', () => {
    const { list, shown, counts } = listOf(items(1, 4000));
    list.toTop();
    shown();
    list.toBottom();
    shown();
    expect(counts().rendered).toBeLessThan(60);
  });
});

describe('whatever happens to the list', () => {
  const height = 5;
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), rows: fc.nat(3) }),
    fc.record({ kind: fc.constant('prepend' as const), rows: fc.nat(3), count: fc.nat(3) }),
    fc.record({ kind: fc.constant('edit' as const), at: fc.nat(30), rows: fc.nat(3) }),
    fc.record({ kind: fc.constant('remove' as const), at: fc.nat(30) }),
    fc.record({ kind: fc.constant('scroll' as const), by: fc.integer({ min: -12, max: 12 }) }),
    fc.record({ kind: fc.constant('end' as const), top: fc.boolean() }),
  );

  test('the view is a part of all rows, full if it can be, and held by appends and prepends', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const { list, shown } = listOf([], { width: 10, height });
        let model: Item[] = [];
        let next = 0;
        let previous = -1;
        const rowsOf = (): string[] =>
          model.flatMap((item) =>
            Array.from({ length: item.rows }, (_, at) => `${item.key}.${at}${'v'.repeat(item.version ?? 0)}`),
          );
        for (const action of steps) {
          const before = shown();
          const held = !list.following;
          if (action.kind === 'append') {
            const item = { key: next++, rows: action.rows };
            model.push(item);
            list.append([item]);
          } else if (action.kind === 'prepend') {
            const older = Array.from({ length: action.count }, () => ({
              key: previous--,
              rows: action.rows,
            })).toReversed();
            model = [...older, ...model];
            list.prepend(older, 'none');
          } else if (action.kind === 'edit' && model.length > 0) {
            const at = action.at % model.length;
            const item = model[at];
            if (item === undefined) continue;
            const edited = { key: item.key, rows: action.rows, version: (item.version ?? 0) + 1 };
            model[at] = edited;
            list.update(edited);
          } else if (action.kind === 'remove' && model.length > 0) {
            const [gone] = model.splice(action.at % model.length, 1);
            if (gone !== undefined) list.remove(gone.key);
          } else if (action.kind === 'scroll') list.scroll(action.by);
          else if (action.kind === 'end') {
            if (action.top) list.toTop();
            else list.toBottom();
          }
          const all = rowsOf();
          const view = shown();
          expect(view).toHaveLength(Math.min(height, all.length));
          expect(`|${all.join('|')}|`).toContain(view.length === 0 ? '|' : `|${view.join('|')}|`);
          expect(view).toEqual(list.following ? all.slice(-height) : view);
          const grown = action.kind === 'append' || action.kind === 'prepend';
          expect(view).toEqual(held && grown ? before : view);
          expect(list.size).toBe(model.length);
          expect(list.first).toBe(model[0]);
          expect(model.every((item) => list.has(item.key))).toBe(true);
        }
        // Every item is still found by its key, and stands where it should.
        model = model.map((item) => ({ ...item, version: (item.version ?? 0) + 1 }));
        expect(model.every((item) => list.update(item))).toBe(true);
        list.resize(10, Math.max(height, rowsOf().length));
        expect(shown()).toEqual(rowsOf());
      }),
      { numRuns: fuzzRuns(1500, 10) },
    );
  });
});
