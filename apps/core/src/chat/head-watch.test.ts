import { setImmediate as turn } from 'node:timers/promises';
import { type LogHead, StoreUnavailable } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeadWatch, type HeadWatcher } from './head-watch.ts';

class Watcher implements HeadWatcher {
  readonly told: number[] = [];
  readonly #known: Map<string, number>;
  constructor(known: Record<string, number>) {
    this.#known = new Map(Object.entries(known));
  }
  roomIds = (): Iterable<string> => this.#known.keys();
  headOf = (roomId: string): number | undefined => this.#known.get(roomId);
  reachOf = (roomId: string): number | undefined => this.#known.get(roomId);
  follow = (roomId: string, lastSeq: number) => this.#known.set(roomId, lastSeq);
  noteHead({ roomId, lastSeq }: LogHead): void {
    this.#known.set(roomId, lastSeq);
    this.told.push(lastSeq);
  }
}

/** Watchers on a database whose rooms' logs end where `ends` says; each of the failures is one question's. */
function watching(watchers: readonly Watcher[], always = false) {
  const ends = new Map<string, number>();
  const asked: string[][] = [];
  const failures: Error[] = [];
  const rewound: number[] = [];
  const reported: unknown[] = [];
  const meanwhile = { commit: (): void => {} };
  const heads = new HeadWatch({
    heads: async (roomIds) => {
      asked.push([...roomIds]);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      // Other callers' rooms may be among the answers.
      const answer = new Map(
        [...ends].map(([roomId, lastSeq]) => [roomId, { roomId, room: 'dev', lastSeq, messages: 0 }]),
      );
      meanwhile.commit();
      return answer;
    },
    rewound: ({ lastSeq }) => rewound.push(lastSeq),
    report: (error) => reported.push(error),
    always,
  });
  for (const each of watchers) heads.add(each);
  return { heads, ends, asked, failures, rewound, reported, meanwhile };
}

describe('a doubt', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());
  const answered = () => vi.advanceTimersByTimeAsync(0);

  it('is looked into at once, and whoever knows less is told without a wait', async () => {
    const [readers, audience, others] = [new Watcher({ '1': 3 }), new Watcher({ '1': 2, '2': 7 }), new Watcher({})];
    const { heads, ends, asked } = watching([readers, audience, others]);
    ends.set('1', 3).set('2', 9);
    heads.doubt(['1', 'not followed']);
    await answered();
    expect(asked).toEqual([['1']]);
    expect([readers.told, audience.told, others.told]).toEqual([[], [3], []]);
    heads.close();
  });

  it('of no room in particular is one of all that are followed', async () => {
    const [readers, audience] = [new Watcher({ '1': 3 }), new Watcher({ '1': 3, '2': 7 })];
    const { heads, asked } = watching([readers, audience]);
    heads.doubt();
    await answered();
    expect(asked).toEqual([['1', '2']]);
    heads.close();
  });

  it('that comes while another is looked into is looked into afterwards', async () => {
    const watcher = new Watcher({ '1': 1, '2': 1 });
    const { heads, ends, asked } = watching([watcher]);
    heads.doubt(['1']);
    ends.set('1', 1);
    heads.doubt(['1']);
    heads.doubt(['2']);
    await answered();
    expect(asked).toEqual([['1'], ['1', '2']]);
    heads.close();
  });

  it('is looked into now and then for two minutes, of rooms too that are followed only by then', async () => {
    const watcher = new Watcher({ '1': 3 });
    const { heads, ends, asked } = watching([watcher]);
    heads.doubt(['1', '2']);
    await answered();
    watcher.follow('2', 4);
    ends.set('1', 4).set('2', 5);
    await vi.advanceTimersByTimeAsync(1000);
    expect(watcher.told).toEqual([4, 5]);
    await vi.advanceTimersByTimeAsync(100_000);
    ends.set('1', 6);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(watcher.told).toEqual([4, 5, 6]);
    expect(asked).toEqual([['1'], ...Array.from({ length: 6 }, () => ['1', '2'])]);
    heads.close();
  });

  it('is left alone once nobody looks any more', async () => {
    const { heads, asked } = watching([new Watcher({ '1': 3 })]);
    heads.doubt(['1']);
    heads.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([['1']]);
  });
});

it('reports a watcher that throws, tells the others, and asks no more', async () => {
  const [broken, watcher] = [new Watcher({ '1': 3 }), new Watcher({ '1': 3 })];
  const bug = new TypeError('a bug');
  broken.noteHead = () => {
    throw bug;
  };
  const { heads, ends, asked, reported } = watching([broken, watcher]);
  ends.set('1', 4);
  heads.doubt(['1']);
  await pollFor(() => watcher.told, [4]);
  expect([asked, reported]).toEqual([[['1']], [bug]]);
  heads.close();
});

describe('a log that ends before what was known of it', () => {
  it('is told of: the database is back with an older state', async () => {
    const { heads, ends, rewound } = watching([new Watcher({ '1': 3 }), new Watcher({ '1': 9 })]);
    ends.set('1', 7);
    heads.doubt(['1']);
    await pollFor(() => rewound, [7]);
    heads.close();
  });

  it('is reported when whoever is told throws, and asked for no more', async () => {
    const watcher = new Watcher({ '1': 9 });
    const { heads, ends, asked, rewound, reported } = watching([watcher]);
    const bug = new TypeError('a bug');
    rewound.push = () => {
      throw bug;
    };
    ends.set('1', 7);
    heads.doubt(['1']);
    await pollFor(() => reported, [bug]);
    await turn();
    expect(asked).toEqual([['1']]);
    heads.close();
  });

  it('is none when what is known was committed after the question', async () => {
    const watcher = new Watcher({ '1': 3 });
    const { heads, ends, asked, rewound, meanwhile } = watching([watcher]);
    ends.set('1', 3);
    meanwhile.commit = () => watcher.follow('1', 4);
    heads.doubt(['1']);
    await pollFor(() => asked.length, 1);
    await turn();
    expect(rewound).toEqual([]);
    heads.close();
  });
});

it('asks until the database is back', async () => {
  const watcher = new Watcher({ '1': 3 });
  const { heads, ends, asked, failures } = watching([watcher]);
  ends.set('1', 4);
  failures.push(new StoreUnavailable('cut', { outcomeUnknown: false }));
  heads.doubt(['1']);
  await pollFor(() => watcher.told, [4]);
  expect(asked).toEqual([['1'], ['1']]);
  heads.close();
});

describe('without a doubt', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('all rooms are looked at now and then where there are other replicas, with a grace for what is on its way', async () => {
    const watcher = new Watcher({ '1': 3 });
    const { heads, ends, asked } = watching([watcher], true);
    ends.set('1', 4);
    await vi.advanceTimersByTimeAsync(1500);
    expect([asked, watcher.told]).toEqual([[['1']], []]);
    await vi.advanceTimersByTimeAsync(250);
    expect(watcher.told).toEqual([4]);
    heads.close();
  });

  it('nothing is asked with one core', async () => {
    const { heads, asked } = watching([new Watcher({ '1': 3 })]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([]);
    heads.close();
  });
});
