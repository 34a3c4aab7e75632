/** Three replicas of the core on one database and one Redis: whoever is connected where, it is one chat. */
import { randomUUID } from 'node:crypto';
import { pollFor, type RawClient, tokenOf } from '@parley/testkit';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { replicasMissing } from './local-redis.ts';
import { figure, message, seqsOf, sendMany, uniqueNick, uniqueRoom } from './start-test-core.ts';
import { onlineIn, pollOnline, type Replica, ReplicaSet, seeHintCross } from './start-replicas.ts';

describe('three replicas', () => {
  let set: ReplicaSet;
  let [a, b, c]: Replica[] = [];
  const first = (): Replica => at(a);
  const second = (): Replica => at(b);
  const third = (): Replica => at(c);
  const at = (replica: Replica | undefined): Replica => {
    if (replica === undefined) throw new Error('unreachable');
    return replica;
  };

  beforeAll(async () => {
    if (replicasMissing !== undefined) return;
    set = await ReplicaSet.start(3);
    [a, b, c] = set.cores;
  });
  afterAll(() => set?.close());
  beforeEach((ctx) => {
    if (replicasMissing !== undefined) ctx.skip(replicasMissing);
  });
  afterEach(() => {
    for (const core of set?.cores ?? []) core.dropClients();
  });

  /** One person on each replica, all in a new room. */
  async function gather(): Promise<{ room: string; people: [RawClient, RawClient, RawClient]; nicks: string[] }> {
    const room = uniqueRoom();
    const nicks = [uniqueNick(), uniqueNick(), uniqueNick()];
    const people = await Promise.all([first(), second(), third()].map((core, index) => core.enter(nicks[index])));
    const [ada, bob, cyd] = people;
    if (ada === undefined || bob === undefined || cyd === undefined) throw new Error('unreachable');
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await cyd.request({ type: 'room.join', room });
    return { room, people: [ada, bob, cyd], nicks };
  }

  it('show every event to readers on each of them, once, in order, without a gap, while all three write', async () => {
    const { room, people } = await gather();
    await Promise.all(people.map((client) => sendMany(client, room, 400, 'hi')));
    const last = 3 + 1200;
    for (const client of people) {
      const seqs = await pollFor(
        () => seqsOf(client.messages, room),
        (seen) => seen.at(-1) === last,
      );
      const from = seqs[0] ?? 0;
      expect(from).toBeLessThanOrEqual(4);
      expect(seqs).toEqual(Array.from({ length: last - from + 1 }, (_, index) => from + index));
    }
  });

  it('deliver a lone message without waiting for the logs to be compared', async () => {
    const { room, people } = await gather();
    const [ada, bob, cyd] = people;
    // Both hear the room's channel once something came that way.
    for (const reader of [bob, cyd]) await heardOver(ada, reader, room);
    const comparisons = [second(), third()].map(({ store }) => holdNext(store.rooms, 'heads', 'question'));
    await Promise.all(comparisons.map((each) => each.held()));
    const { seq } = await ada.request(message(room, 'quick'));
    for (const reader of [bob, cyd])
      expect(await reader.next({ type: 'message', seq })).toMatchObject({ text: 'quick' });
    for (const each of comparisons) each.release();
  });

  it('answer the same for the same cid, on whichever it is sent again', async () => {
    const { room, people, nicks } = await gather();
    const token = tokenOf(people[0]);
    const again = await second().enter({ token });
    const sent = message(room, 'once', randomUUID());
    const [here, there] = await Promise.all([people[0].request(sent), again.request(sent)]);
    expect(here).toMatchObject({ type: 'ok', seq: expect.any(Number) });
    expect(there).toMatchObject({ type: 'ok', seq: here['seq'], at: here['at'] });
    await people[2].next({ type: 'message', cid: sent.cid });
    expect(people[2].unread({ type: 'message', cid: sent.cid })).toEqual([]);
    again.terminate();
    await pollOnline(people[1], room, nicks);
  });

  it('know who is online on the others, and who no longer', async () => {
    const { room, people, nicks } = await gather();
    const [ada, bob] = people;
    await pollOnline(ada, room, nicks);
    bob.close();
    await ada.next((each) => each.type === 'presence' && each.users?.some(({ online }) => !online) === true);
    await pollOnline(ada, room, [nicks[0] ?? '', nicks[2] ?? '']);
    const { total } = await ada.request({ type: 'user.list' });
    expect(total).toBeGreaterThanOrEqual(2);
  });

  it('show someone online who has a connection left on another', async () => {
    const { room, people, nicks } = await gather();
    const token = tokenOf(people[0]);
    const other = await second().enter({ token });
    await other.request({ type: 'room.join', room });
    people[0].terminate();
    await pollFor(() => figure(first(), 'parley_connections'), 0);
    expect(await onlineIn(people[2], room)).toEqual(nicks.toSorted());
    other.terminate();
    await pollOnline(people[2], room, [nicks[1] ?? '', nicks[2] ?? '']);
  });

  it('let a newcomer among them know who is online', async () => {
    const { room, people, nicks } = await gather();
    const fourth = await set.add();
    const nick = uniqueNick();
    const dan = await fourth.enter(nick);
    expect(await onlineIn(dan, room)).toEqual([...nicks, nick].toSorted());
    await fourth.closeReplica();
    await pollOnline(people[0], room, nicks);
  });

  it('keep a nick to one person, and free it when their last connection on any of them ends', async () => {
    const { room, people, nicks } = await gather();
    const [nick = ''] = nicks;
    const token = tokenOf(people[0]);
    await expect(second().enter(nick)).rejects.toThrow('nick_taken');
    const other = await third().enter({ token });
    // Where that is heard of late, the nick is free for a moment.
    await seeHintCross(people[2], people[0], room);
    people[0].terminate();
    await pollFor(() => figure(first(), 'parley_connections'), 0);
    await expect(first().enter(nick)).rejects.toThrow('nick_taken');
    other.terminate();
    await pollFor(
      () =>
        second()
          .enter(nick)
          .then(() => 'entered', String),
      'entered',
      { what: 'the nick to be free' },
    );
  });

  it('end the connections of a guest who has come back under a new nick, and not the new one', async () => {
    const { people } = await gather();
    const token = tokenOf(people[0]);
    const other = await second().enter({ token });
    const renamed = await second().enter({ token, nick: uniqueNick() });
    expect(await other.closed()).toBe(4401);
    expect(await people[0].closed()).toBe(4401);
    expect(await renamed.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('tell members elsewhere of activity in rooms that are not live, with what is unread', async () => {
    const { room, people } = await gather();
    const [ada, bob] = people;
    await bob.request({ type: 'room.close', room });
    const { seq } = await ada.request(message(room));
    expect(await bob.next({ type: 'room.activity', room, lastSeq: seq })).toMatchObject({ unread: 1 });
  });

  it('tell someone elsewhere of a mention, also when other messages follow at once', async () => {
    const { room, people, nicks } = await gather();
    const [ada, bob] = people;
    await bob.request({ type: 'room.close', room });
    await pollOnline(ada, room, nicks);
    await ada.request(message(room, `${nicks[1]}: look`));
    await sendMany(ada, room, 20, 'hi');
    const isMention = (each: object): boolean => 'mentioned' in each && 'room' in each && each.room === room;
    expect(await bob.next(isMention)).toMatchObject({ type: 'room.activity', mentioned: true });
  });

  it('move the read mark of a person’s connections elsewhere', async () => {
    const { room, people } = await gather();
    const token = tokenOf(people[0]);
    const other = await second().enter({ token });
    const { seq } = await people[1].request(message(room));
    await people[0].request({ type: 'read.mark', room, seq });
    expect(await other.next({ type: 'read', room })).toMatchObject({ seq });
  });

  it('pass on typing, invitations, new rooms and direct rooms', async () => {
    const { room, people, nicks } = await gather();
    const [ada, bob, cyd] = people;
    const [adaNick = '', bobNick = ''] = nicks;
    await heardOver(ada, bob, room);
    ada.send({ type: 'typing', room });
    expect(await bob.next({ type: 'typing', room })).toMatchObject({ user: { nick: adaNick } });

    const secret = uniqueRoom();
    await ada.request({ type: 'room.create', room: secret, kind: 'private' });
    await ada.request({ type: 'room.invite', room: secret, nick: bobNick });
    expect(await bob.next({ type: 'notice' })).toMatchObject({ text: expect.stringContaining(secret) });
    expect(await bob.request({ type: 'room.join', room: secret })).toMatchObject({ type: 'room.joined' });

    const open = uniqueRoom();
    await ada.request({ type: 'room.create', room: open });
    const isOpen = (each: object): boolean => JSON.stringify(each).includes(`"room":"${open}"`);
    await cyd.next((each) => each.type === 'room.created' && isOpen(each));
    expect(cyd.messages.filter((each) => JSON.stringify(each).includes(secret))).toEqual([]);

    const direct = (await ada.request({ type: 'direct.open', nick: bobNick }))['room'] as { room: string };
    const created = (each: object): boolean => JSON.stringify(each).includes(direct.room);
    await ada.request(message(direct.room, 'psst'));
    await bob.next((each) => each.type === 'room.created' && created(each));
    expect(await bob.next({ type: 'room.activity', room: direct.room, lastSeq: 1 })).toMatchObject({ unread: 1 });
  });

  it('end what someone reads who has left on another', async () => {
    const room = uniqueRoom();
    const nick = uniqueNick();
    const ada = await first().enter();
    const bob = await second().enter(nick);
    const token = tokenOf(bob);
    const elsewhere = await third().enter({ token });
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await elsewhere.next({ type: 'room.created' });
    await elsewhere.request({ type: 'room.join', room });
    await heardOver(ada, elsewhere, room);
    await bob.request({ type: 'room.leave', room });
    await elsewhere.next({ type: 'member.left', room });
    const { seq } = await ada.request(message(room, 'behind your back'));
    await ada.next({ type: 'message', seq });
    await pollFor(
      () => onlineIn(ada, room),
      (nicks) => !nicks.includes(nick),
    );
    expect(seqsOf(elsewhere.messages, room)).not.toContain(seq);
  });

  it('close a revoked sign-in’s connections everywhere', async () => {
    const { people } = await gather();
    const token = tokenOf(people[0]);
    const others = [await second().enter({ token }), await third().enter({ token })];
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${first().url}/api/auth/logout`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(200);
    const codes = await Promise.all([people[0], ...others].map((each) => each.closed()));
    expect(codes).toEqual([4401, 4401, 4401]);
  });
});

describe('rate limits', () => {
  let set: ReplicaSet;
  let redis: ReturnType<typeof createClient>;
  beforeAll(async () => {
    if (replicasMissing !== undefined) return;
    set = await ReplicaSet.start(2, { RATE_LIMITS: 'on' });
    redis = createClient({ url: set.redis.url });
    await redis.connect();
  });
  afterAll(async () => {
    redis?.destroy();
    await set?.close();
  });
  beforeEach((ctx) => {
    if (replicasMissing !== undefined) ctx.skip(replicasMissing);
  });

  /** Waits until a second replica refuses what a first one has counted to the limit, as far as Redis knows. */
  const refusedElsewhere = (limit: string, attempt: () => Promise<unknown>, refusal: unknown) =>
    pollFor(
      async () => {
        const keys = await redis.keys(`*:rate:${limit}:*`);
        // An hour ahead is no further from full than a burst: the next attempt is one too many.
        for (const key of keys) await redis.set(key, String(Date.now() + 3_600_000));
        return { counted: keys.length > 0, answer: await attempt() };
      },
      { counted: true, answer: refusal },
    );

  it('count a person’s messages on all replicas together', async () => {
    const ada = await set.at(0).enter();
    const again = await set.at(1).enter({ token: tokenOf(ada) });
    expect(await ada.request(message('lobby'))).toMatchObject({ type: 'ok' });
    await refusedElsewhere('messages', async () => (await again.request(message('lobby'))).code, 'rate_limited');
  });

  it('count sign-ins on all replicas together', async () => {
    const nick = uniqueNick();
    const signIn = async (replica: Replica): Promise<number> => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ nick, password: 'not the password' });
      return (await fetch(`${replica.url}/api/auth/login`, { method: 'POST', headers, body })).status;
    };
    expect(await signIn(set.at(0))).toBe(401);
    await refusedElsewhere('sign-in', () => signIn(set.at(1)), 429);
  });

  it('count connections of an address on all replicas together', async () => {
    const open = (replica: Replica): Promise<string> => replica.open().then(() => 'open', String);
    expect(await open(set.at(0))).toBe('open');
    await refusedElsewhere('connections', () => open(set.at(1)), 'Error: Unexpected server response: 429');
  });
});

/** Sends until a message comes to the reader as a hint: by then its replica hears the room's channel. */
async function heardOver(writer: RawClient, reader: RawClient, room: string): Promise<void> {
  const sent = message(room, 'warm up');
  await writer.request(sent);
  await reader.next({ type: 'message', cid: sent.cid });
}
