import { StoreUnavailable } from '@parley/store';
import { expect, test } from 'vitest';
import { PagesInTurn } from './pages-in-turn.ts';

/** Pages that are given when they are told to. */
function openPages() {
  const asked: { page: number; give: () => void; fail: (error: Error) => void }[] = [];
  const given: number[] = [];
  const failed: Error[] = [];
  const pages = new PagesInTurn();
  const ask = (source: string, page: number): void => {
    const read = (): Promise<number> =>
      new Promise((resolve, fail) => asked.push({ page, give: () => resolve(page), fail }));
    pages
      .read(source, read)
      .then((each) => given.push(each))
      .catch((error: Error) => failed.push(error));
  };
  /** A turn of the event loop: what follows from an answer has begun. */
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { ask, turn, given, failed, pages: asked, asked: () => asked.map(({ page }) => page) };
}

test('an address that asks for many pages lets another one in after those that are being read', async () => {
  const { ask, turn, given, pages, asked } = openPages();
  for (const page of [1, 2, 3, 4]) ask('greedy', page);
  ask('other', 100);
  ask('other', 101);
  expect(asked()).toEqual([1, 2]);
  for (let at = 0; at < pages.length; at += 1) {
    pages[at]?.give();
    await turn();
  }
  expect(asked()).toEqual([1, 2, 3, 100, 4, 101]);
  expect(given).toEqual(asked());
});

test('when the database is away, those who wait hear so at once, and who comes later asks it again', async () => {
  const { ask, turn, failed, pages, asked } = openPages();
  for (const page of [1, 2, 3]) ask('one', page);
  ask('other', 100);
  const away = new StoreUnavailable('gone');
  pages[0]?.fail(away);
  await turn();
  expect(failed).toEqual([away, away, away]);
  ask('other', 101);
  expect(asked()).toEqual([1, 2, 101]);
});

test('a page that can’t be read fails alone', async () => {
  const { ask, turn, failed, pages, asked } = openPages();
  for (const page of [1, 2, 3]) ask('one', page);
  pages[0]?.fail(new Error('a bug'));
  await turn();
  expect(failed).toHaveLength(1);
  expect(asked()).toEqual([1, 2, 3]);
});
