import { setImmediate as turn } from 'node:timers/promises';
import { ChatError } from '@parley/protocol';
import { type AppendOutcome, type NewEvent, QueryFailed, type StoredEvent, StoreUnavailable } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GroupCommit } from './group-commit.ts';

const room = { id: '1', slug: 'dev' };
const other = { id: '2', slug: 'ops' };
const sender = { id: '7', nick: 'ada' };
const message = (text = 'hi') => ({ type: 'message', sender, text, cid: crypto.randomUUID() }) as const;

/** A database that commits each batch when told to. */
function controlled(handOn = (): void => {}) {
  const batches: NewEvent[][] = [];
  const commits: ((outcomes?: (event: NewEvent, seq: number) => AppendOutcome) => void)[] = [];
  const seqs = new Map<string, number>();
  const published: { room: string; seqs: number[] }[] = [];
  const doubted: string[] = [];
  const reaches = new Map<string, number>();
  const rewound: number[] = [];
  const log = new GroupCommit({
    events: {
      append: (batch) =>
        new Promise((resolve) => {
          batches.push([...batch]);
          commits.push((outcomeOf = appended) => {
            resolve(
              batch.map((event) => {
                const seq = (seqs.get(event.roomId) ?? 0) + 1;
                const outcome = outcomeOf(event, seq);
                if (outcome.status === 'appended') seqs.set(event.roomId, seq);
                return outcome;
              }),
            );
          });
        }),
    },
    committed: ({ slug }, events) => {
      handOn();
      published.push({ room: slug, seqs: events.map(({ seq }) => seq) });
    },
    reachOf: (id) => reaches.get(id),
    rewound: ({ seq }) => rewound.push(seq),
    doubtful: (ids) => doubted.push(...ids),
    report: () => {},
  });
  /** Commits a batch as soon as it is there. */
  const commit = async (batch: number): Promise<void> => {
    await pollFor(
      () => batches.length,
      (count) => count > batch,
      { intervalMs: 1 },
    );
    commits[batch]?.();
    await turn();
  };
  return { log, batches, commits, published, doubted, reaches, rewound, commit };
}

const busyFor = (milliseconds: number) => (): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

const appended = (event: NewEvent, seq: number): AppendOutcome => ({
  status: 'appended',
  event: {
    roomId: event.roomId,
    seq,
    at: new Date(0),
    from: sender,
    messages: seq,
    type: 'member.joined',
  } as StoredEvent,
});

describe('a group commit', () => {
  it('takes a lone message at once, and what comes meanwhile as the next batch', async () => {
    const { log, batches, commits } = controlled();
    const first = log.append(room, message());
    await turn();
    expect(batches).toHaveLength(1);
    const later = [log.append(room, message()), log.append(other, message()), log.append(room, message())];
    await turn();
    expect(batches).toHaveLength(1);
    commits[0]?.();
    await first;
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    commits[1]?.();
    expect((await Promise.all(later)).map(({ status }) => status)).toEqual(['appended', 'appended', 'appended']);
  });

  it('publishes each room’s events, in order, before any sender hears', async () => {
    const { log, commits, published } = controlled();
    const heard: string[] = [];
    const all = [room, other, room].map((each) => log.append(each, message()).then(() => heard.push('sender')));
    await turn();
    commits[0]?.();
    await turn();
    await Promise.all(all);
    expect(published).toEqual([
      { room: 'dev', seqs: [1, 2] },
      { room: 'ops', seqs: [1] },
    ]);
  });

  it('cuts what is published where the seqs jump', async () => {
    const { log, commits, published } = controlled();
    const all = [log.append(room, message()), log.append(room, message()), log.append(room, message())];
    await turn();
    const places = [9, 3, 10];
    commits[0]?.((event) => appended(event, places.shift() ?? 0));
    await Promise.all(all);
    expect(published).toEqual([
      { room: 'dev', seqs: [3] },
      { room: 'dev', seqs: [9, 10] },
    ]);
  });

  it('fails a bad event alone', async () => {
    const { log, commits, published } = controlled();
    const good = log.append(room, message('good'));
    const bad = log.append(room, message('bad'));
    const refusal = bad.catch((error: unknown) => error);
    await turn();
    commits[0]?.((event, seq) =>
      event.type === 'message' && event.text === 'bad'
        ? { status: 'failed', error: new QueryFailed('no', '23514') }
        : appended(event, seq),
    );
    expect(await refusal).toMatchObject({ code: 'bad_request' });
    expect(await good).toMatchObject({ status: 'appended' });
    expect(published).toEqual([{ room: 'dev', seqs: [1] }]);
  });

  it('says `unavailable` when the database is away, and doubts rooms whose outcome is unknown', async () => {
    const { log, commits, doubted } = controlled();
    const [known, unknown] = [log.append(room, message()), log.append(other, message())];
    const refusals = Promise.all([known, unknown].map((each) => each.catch((error: unknown) => error)));
    await turn();
    commits[0]?.((event) => ({
      status: 'failed',
      error: new StoreUnavailable('gone', { outcomeUnknown: event.roomId === other.id }),
    }));
    for (const refusal of await refusals) expect(refusal).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 });
    expect(doubted).toEqual([other.id]);
  });
});

describe('a seq that was known before its commit was sent', () => {
  it('tells of a database that is back with an older state, once a batch', async () => {
    const { log, reaches, rewound, commit } = controlled();
    reaches.set(room.id, 9);
    const sent = [log.append(room, message()), log.append(room, message()), log.append(other, message())];
    await commit(0);
    await Promise.all(sent);
    expect(rewound).toEqual([1]);
  });

  it('tells of nothing when an earlier attempt stored it, or others were faster to tell', async () => {
    const { log, commits, reaches, rewound } = controlled();
    reaches.set(room.id, 9);
    const sent = [log.append(room, message()), log.append(other, message())];
    await turn();
    // Committed by another replica after this one, and heard of before.
    reaches.set(other.id, 2);
    commits[0]?.((event, seq) =>
      event.roomId === room.id ? ({ ...appended(event, seq), found: true } as AppendOutcome) : appended(event, seq),
    );
    await Promise.all(sent);
    expect(rewound).toEqual([]);
  });
});

describe('what takes long to hand on', () => {
  afterEach(() => void vi.useRealTimers());

  it('is followed by a rest in which the next batch gathers', async () => {
    const { log, batches, commit } = controlled(busyFor(300));
    const first = [log.append(room, message()), log.append(room, message())];
    await turn();
    const next = log.append(room, message());
    await commit(0);
    await Promise.all(first);
    const joining = log.append(room, message());
    await commit(1);
    await Promise.all([next, joining]);
    expect(batches.map((batch) => batch.length)).toEqual([2, 2]);
  });

  it('is followed by a rest that ends when as many have come as were handed on', async () => {
    // No rest is over by itself.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { log, batches, commits } = controlled(busyFor(5));
    const first = [log.append(room, message()), log.append(room, message())];
    await turn();
    const next = [log.append(room, message())];
    commits[0]?.();
    await Promise.all(first);
    await turn();
    next.push(log.append(room, message()));
    await turn();
    expect(batches).toHaveLength(1);
    next.push(log.append(room, message()));
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([2, 3]);
    commits[1]?.();
    await Promise.all(next);
  });

  it('is followed by no rest when it was a lone message', async () => {
    const { log, batches, commits, commit } = controlled(busyFor(20));
    const first = log.append(room, message());
    await turn();
    const next = log.append(room, message());
    commits[0]?.();
    await first;
    await turn();
    expect(batches).toHaveLength(2);
    await commit(1);
    await next;
  });
});

describe('a batch', () => {
  it('has at most 500 events and 192 KiB, but always one', async () => {
    const { log, batches, commit } = controlled();
    const texts = [
      ...Array.from({ length: 501 }, () => 'x'),
      ...['x', 'x', 'x'].map((each) => each.repeat(100_000)),
      'x'.repeat(300_000),
    ];
    const queued = texts.map((text) => log.append(room, message(text)));
    for (let batch = 0; batch < 5; batch += 1) await commit(batch);
    await Promise.all(queued);
    expect(batches.map((batch) => batch.length)).toEqual([500, 2, 1, 1, 1]);
  });
});

describe('the queue', () => {
  it('takes 10,000 events and no more', async () => {
    const { log, commits, commit } = controlled();
    const queued = Array.from({ length: 10_000 }, () => log.append(room, message()));
    await turn();
    await expect(log.append(room, message())).rejects.toMatchObject({ code: 'unavailable' });
    for (let batch = 0; log.length > 0; batch += 1) await commit(batch);
    await Promise.all(queued);
    expect(log.length).toBe(0);
    const again = log.append(room, message());
    // Later than in a turn, where handing on the batch before took its time.
    await commit(commits.length);
    expect(await again).toMatchObject({ status: 'appended' });
  });

  it('takes 16 MiB and no more', async () => {
    const { log, commit } = controlled();
    const text = 'x'.repeat(1024 * 1024 - 256);
    const queued = Array.from({ length: 17 }, () => log.append(room, message(text)));
    await expect(queued[16]).rejects.toBeInstanceOf(ChatError);
    expect(log.length).toBe(16);
    for (let batch = 0; batch < 16; batch += 1) await commit(batch);
    await Promise.all(queued.slice(0, 16));
  });

  it('is committed before the log closes, and takes nothing after', async () => {
    const { log, commits } = controlled();
    const first = log.append(room, message());
    await turn();
    const queued = log.append(room, message());
    const closed = log.close();
    await expect(log.append(room, message())).rejects.toMatchObject({ code: 'unavailable' });
    commits[0]?.();
    await first;
    await turn();
    commits[1]?.();
    await queued;
    await closed;
  });
});
