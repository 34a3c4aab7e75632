import { setImmediate as nextTurn } from 'node:timers/promises';
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions, coalesced } from './batcher.ts';
import { StoreUnavailable } from './store-errors.ts';

/** A database of words that answers when it is told to; it can't hold "bad". */
function aDatabase({ keysOf, gatherMs }: Pick<BatcherOptions<string, string>, 'keysOf' | 'gatherMs'> = {}) {
  const statements: string[][] = [];
  const underWay: { answer: () => void; refuse: (error: Error) => void }[] = [];
  const batcher = new Batcher<string, string>({
    run: (words) => {
      statements.push([...words]);
      return new Promise((resolve, reject) => {
        underWay.push({
          answer: () => (words.includes('bad') ? reject(new Error('bad')) : resolve(words.map((word) => `${word}!`))),
          refuse: reject,
        });
      });
    },
    ...(keysOf === undefined ? {} : { keysOf }),
    ...(gatherMs === undefined ? {} : { gatherMs }),
  });
  /** Answers the next statement, waiting for it. */
  const next = async () => {
    await pollFor(() => underWay.length, 1, { intervalMs: 0, what: 'a statement' });
    const [statement] = underWay.splice(0);
    if (statement === undefined) throw new Error('There is no statement.');
    return statement;
  };
  return { batcher, statements, next, answer: async () => (await next()).answer() };
}

describe('batcher calls', () => {
  it('puts what one turn brings into one statement, and answers each', async () => {
    const { batcher, statements, answer } = aDatabase();
    const asked = ['a', 'b', 'c'].map((word) => batcher.ask(word));
    await answer();
    expect(await Promise.all(asked)).toEqual(['a!', 'b!', 'c!']);
    expect(statements).toEqual([['a', 'b', 'c']]);
  });

  it('gathers what further turns bring, where nobody waits for it', async () => {
    const { batcher, statements, answer } = aDatabase({ gatherMs: 50 });
    const asked = [batcher.ask('a')];
    await nextTurn();
    asked.push(batcher.ask('b'));
    expect(statements).toEqual([]);
    await answer();
    expect(await Promise.all(asked)).toEqual(['a!', 'b!']);
    expect(statements).toEqual([['a', 'b']]);
  });

  it('asks at once for a lone call', async () => {
    const { batcher, statements, answer } = aDatabase();
    const asked = batcher.ask('a');
    await nextTurn();
    expect(statements).toEqual([['a']]);
    await answer();
    expect(await asked).toBe('a!');
  });

  it('lets calls that come during a statement wait for the next one', async () => {
    const { batcher, statements, answer } = aDatabase();
    const first = batcher.ask('a');
    await nextTurn();
    const later = [batcher.ask('b'), batcher.ask('c')];
    await nextTurn();
    expect(statements).toEqual([['a']]);
    await answer();
    expect(await first).toBe('a!');
    await answer();
    expect(await Promise.all(later)).toEqual(['b!', 'c!']);
    expect(statements).toEqual([['a'], ['b', 'c']]);
  });

  it('keeps calls that share a key apart, in their order', async () => {
    const { batcher, statements, answer } = aDatabase({ keysOf: (word) => [...word] });
    const asked = ['a', 'ab', 'b', 'c'].map((word) => batcher.ask(word));
    for (let statement = 0; statement < 3; statement++) await answer();
    expect(await Promise.all(asked)).toEqual(['a!', 'ab!', 'b!', 'c!']);
    expect(statements).toEqual([['a', 'c'], ['ab'], ['b']]);
  });

  it('fails the call alone that a statement fails for', async () => {
    const { batcher, statements, answer } = aDatabase();
    const asked = ['a', 'bad', 'c', 'd'].map((word) => batcher.ask(word));
    const settled = Promise.allSettled(asked);
    for (let statement = 0; statement < 5; statement++) await answer();
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(statements).toEqual([['a', 'bad', 'c', 'd'], ['a', 'bad'], ['a'], ['bad'], ['c', 'd']]);
  });

  it('fails everyone who was asked for while the database is away, once, and works again after', async () => {
    const { batcher, statements, next, answer } = aDatabase();
    const lost = ['a', 'b'].map((word) => batcher.ask(word));
    const settled = Promise.allSettled(lost);
    (await next()).refuse(new StoreUnavailable('away'));
    for (const each of await settled) expect(each).toMatchObject({ reason: { message: 'away' } });
    const asked = batcher.ask('c');
    await answer();
    expect(await asked).toBe('c!');
    expect(statements).toEqual([['a', 'b'], ['c']]);
  });
});

describe('shared reads', () => {
  it('reads once for all who ask for the same, and for each who asks for something else', async () => {
    const asked: string[] = [];
    const reads = new Batcher(
      coalesced(async ({ roomId, limit }) => {
        asked.push(`${limit} of ${roomId}`);
        if (roomId === 'bad') throw new Error('bad');
        return { roomId };
      }),
    );
    const [first, second, other, bad] = await Promise.allSettled([
      reads.ask({ roomId: '1', limit: 50 }),
      reads.ask({ roomId: '1', limit: 50 }),
      reads.ask({ roomId: '2', limit: 50 }),
      reads.ask({ roomId: 'bad', limit: 50 }),
    ]);
    expect(first).toEqual({ status: 'fulfilled', value: { roomId: '1' } });
    expect(second).toEqual(first);
    expect(other).toEqual({ status: 'fulfilled', value: { roomId: '2' } });
    expect(bad.status).toBe('rejected');
    expect(asked.slice(0, 3)).toEqual(['50 of 1', '50 of 2', '50 of bad']);
  });

  it('fails those who wait, too, once the database can not be reached', async () => {
    const { batcher, statements, next } = aDatabase();
    const asked = [batcher.ask('a')];
    await nextTurn();
    asked.push(batcher.ask('b'), batcher.ask('c'));
    const lost = new StoreUnavailable('silent', { lost: true });
    (await next()).refuse(lost);
    expect(await Promise.allSettled(asked)).toEqual(asked.map(() => ({ status: 'rejected', reason: lost })));
    expect(statements).toEqual([['a']]);
  });

  it('refuses more than can wait', async () => {
    const { batcher, answer } = aDatabase({ keysOf: () => ['the same'] });
    const first = batcher.ask('a');
    const waiting = Array.from({ length: 20_000 }, (_, at) => batcher.ask(String(at)));
    const settled = Promise.allSettled(waiting);
    await expect(batcher.ask('b')).rejects.toBeInstanceOf(StoreUnavailable);
    await answer();
    expect(await first).toBe('a!');
    void settled;
  });
});
