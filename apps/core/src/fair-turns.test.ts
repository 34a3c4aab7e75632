import { expect, test } from 'vitest';
import { FairTurns } from './fair-turns.ts';

/** One job at a time, four waiting, three of them of one source; each job ends when it is told to. */
function openTurns() {
  const turns = new FairTurns({ width: 1, maxWaiting: 4, maxWaitingPerSource: 3, refusal: () => new Error('full') });
  const begun: string[] = [];
  const refused: string[] = [];
  let end = (): void => {};
  const add = (name: string): void => {
    const [source = ''] = name;
    const job = (): Promise<void> => {
      begun.push(name);
      return new Promise((resolve) => (end = resolve));
    };
    turns.run(source, job).catch(() => refused.push(name));
  };
  /** Ends all jobs, one after the other. */
  const endAll = async (): Promise<void> => {
    for (let ended = 0; ended < begun.length; ended += 1) {
      end();
      // The next begins in a later turn of the event loop at the latest.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { turns, begun, refused, add, endAll };
}

test('those who wait take turns by their sources', async () => {
  const { turns, begun, add, endAll } = openTurns();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1']) add(name);
  await endAll();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
  expect(turns.waiting).toBe(0);
  // Nobody runs any more.
  add('c1');
  expect(begun.at(-1)).toBe('c1');
  await endAll();
});

test('a source has its own part of the queue', async () => {
  const { begun, refused, add, endAll } = openTurns();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1']) add(name);
  await endAll();
  expect(refused).toEqual(['a5']);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
});

test('of a full queue the source that waits for most gives up a place to one that waits for fewer', async () => {
  const { turns, begun, refused, add, endAll } = openTurns();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1']) add(name);
  add('c1');
  expect(turns.waiting).toBe(4);
  // By now nobody waits for two more than b or c would.
  for (const name of ['b2', 'c2']) add(name);
  await endAll();
  expect(refused.toSorted()).toEqual(['a4', 'b2', 'c2']);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
});

test('a job that fails hands its turn on', async () => {
  const turns = new FairTurns({ width: 1, maxWaiting: 4, maxWaitingPerSource: 3, refusal: () => new Error('full') });
  const failing = turns.run('a', () => Promise.reject(new Error('broken')));
  const next = turns.run('b', () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('broken');
  expect(await next).toBe('done');
});
