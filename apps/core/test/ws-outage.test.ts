/** A database that goes away under a running core, and comes back. Needs a real Postgres, reached through a wire that tears. */
import { foldName, type ServerMessage } from '@parley/protocol';
import { openStore, type Store } from '@parley/store';
import { createTestDatabase, pollFor, realPostgres, type TestDatabase, tokenOf } from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TornWire } from '../../../packages/store/test/torn-wire.ts';
import { message, seqsOf, startTestCore, type TestCore, uniqueRoom } from './start-test-core.ts';

describe.skipIf(realPostgres().missing !== undefined)('a database that is lost', () => {
  let database: TestDatabase;
  let wire: TornWire;
  let store: Store;
  let core: TestCore;

  beforeEach(async () => {
    database = await createTestDatabase();
    wire = new TornWire(database.url);
    await wire.open();
    store = await openStore({ url: wire.url, dataDir: '', replica: 'test', poolSize: 4 });
    core = await startTestCore(store);
  });
  afterEach(async () => {
    await core.close();
    await store.close();
    await wire.close();
    await database.drop();
  });
  const health = async (): Promise<number> => (await fetch(`${core.url}/api/health`)).status;

  it('makes requests unavailable, keeps everyone connected, and comes back by itself', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await pollFor(health, 200);
    await wire.close();
    await pollFor(health, 503);
    const unavailable = { type: 'error', code: 'unavailable', retryAfterMs: expect.any(Number) };
    const lost = message(room, 'sent during the outage');
    expect(await ada.request(lost)).toMatchObject(unavailable);
    expect(await ada.request({ type: 'history', room })).toMatchObject(unavailable);
    expect(await ada.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    const newcomer = await core.open();
    newcomer.send({ type: 'hello', version: 1, nick: 'newcomer' });
    expect(await newcomer.next({ type: 'error' })).toMatchObject({ code: 'unavailable' });
    expect(await newcomer.closed()).toBe(4503);

    await wire.open();
    await pollFor(health, 200);
    const { seq } = await pollFor(
      () => ada.request(lost),
      (answer) => answer.type === 'ok',
    );
    expect(await bob.next({ type: 'message' })).toMatchObject({ seq, text: lost.text });
    expect(seqsOf(bob.messages, room)).toEqual([3]);
  });

  it('after a commit whose answer was lost leaves neither a gap nor a double', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    for (let round = 0; round < 3; round += 1) {
      wire.swallowAnswerTo('append_one_message');
      const sent = message(room, `round ${round}`);
      await pollFor(async () => (await ada.request(sent)).type, 'ok');
    }
    await bob.next({ type: 'message', text: 'round 2' });
    expect(seqsOf(bob.messages, room)).toEqual([3, 4, 5]);
    expect(seqsOf(ada.messages, room)).toEqual([2, 3, 4, 5]);
  });

  it('leaves a room live whose joining again it has failed', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    await wire.close();
    expect(await bob.request({ type: 'room.join', room })).toMatchObject({ type: 'error', code: 'unavailable' });
    await wire.open();
    const sent = message(room, 'still here');
    await pollFor(async () => (await ada.request(sent)).type, 'ok');
    expect(await bob.next({ type: 'message' })).toMatchObject({ text: 'still here', seq: 3 });
  });

  it('and stays away after a commit shows what was stored to everyone in the room, though nobody sends it again', async () => {
    const [ada, bob, cyd] = [await core.enter(), await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    for (const each of [bob, cyd]) await each.request({ type: 'room.join', room });
    await cyd.request({ type: 'room.close', room });
    const beside = await openStore({ url: database.url, dataDir: '', replica: 'test', poolSize: 1 });
    const roomId = (await beside.rooms.bySlug(foldName(room)))?.id ?? '';
    wire.swallowAnswerTo('append_one_message');
    ada.send(message(room, 'was it stored?'));
    await pollFor(async () => (await beside.rooms.heads([roomId])).get(roomId)?.lastSeq, 4, { intervalMs: 1 });
    await wire.close();
    await beside.close();
    expect(await ada.next({ type: 'error' })).toMatchObject({ code: 'unavailable' });
    await wire.open();
    expect(await bob.next({ type: 'message' })).toMatchObject({
      text: 'was it stored?',
      seq: 4,
    });
    await cyd.next({ type: 'room.activity', room, lastSeq: 4, unread: 1 });
  });

  it('and stays away after someone has come in tells their other connections, though nobody asks again', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const desktop = await core.enter({ token: tokenOf(bob) });
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    const beside = await openStore({ url: database.url, dataDir: '', replica: 'test', poolSize: 1 });
    const roomId = (await beside.rooms.bySlug(foldName(room)))?.id ?? '';
    wire.swallowAnswerTo('append_events');
    bob.send({ type: 'room.join', room });
    await pollFor(async () => (await beside.rooms.heads([roomId])).get(roomId)?.lastSeq, 2, { intervalMs: 1 });
    await wire.close();
    await beside.close();
    expect(await bob.next({ type: 'error' })).toMatchObject({ code: 'unavailable' });
    await wire.open();
    const isTold = (each: ServerMessage): boolean =>
      each.type === 'room.created' && each.room.room === room && each.room.member === true;
    await desktop.next(isTold);
  });

  it('that is cut again and again under load loses and doubles nothing', async () => {
    const [ada, bob] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    await bob.request({ type: 'room.join', room });
    const cids = new Set<string>();
    const writing = { goesOn: true };
    const written = (async () => {
      while (writing.goesOn) {
        const batch = Array.from({ length: 20 }, (_, at) => message(room, String(at)));
        for (const each of batch) cids.add(each.cid);
        await Promise.all(batch.map((each) => pollFor(async () => (await ada.request(each)).type, 'ok')));
      }
    })();
    for (let cut = 0; cut < 5; cut += 1) {
      const before = bob.messages.length;
      await pollFor(
        () => bob.messages.length,
        (length) => length > before + 20,
      );
      wire.cut();
    }
    writing.goesOn = false;
    await written;
    const last = cids.size + 2;
    await pollFor(() => seqsOf(bob.messages, room).at(-1), last);
    const seen = bob.messages.filter((each) => each.type === 'message');
    expect(seen.map((each) => each.seq)).toEqual(Array.from({ length: cids.size }, (_, at) => at + 3));
    expect(new Set(seen.map((each) => each.cid))).toEqual(cids);
  });

  it('and silent fails what waits, and does not end the process', async () => {
    const ada = await core.enter();
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    wire.fallSilent();
    ada.send({ ...message(room), id: 101 });
    await ada.request({ type: 'ping' });
    ada.send({ ...message(room), id: 102 });
    // The first is under way and has the store's patience; the second only waits, and not as long.
    for (const id of [101, 102]) expect(await ada.next({ re: id })).toMatchObject({ code: 'unavailable' });
    const answered = ada.messages.flatMap((each) => ('re' in each ? [each.re] : []));
    expect(answered.filter((id) => id === 101 || id === 102)).toEqual([102, 101]);
    wire.speakAgain();
    await pollFor(async () => (await ada.request(message(room))).type, 'ok');
  });
});
