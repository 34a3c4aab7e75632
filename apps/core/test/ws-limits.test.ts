/** Rates, floods, and the end of the server. */
import { type ServerMessage, TICKET_HEADER } from '@parley/protocol';
import { FakeClock, pollFor, RawClient, TEST_SECRET, youOf } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { makeTicket } from '@parley/service';
import { storeOfFile } from './store-of-file.ts';
import { areStalled, BULKY_TEXT, message, sendMany, startTestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';

const opened = storeOfFile();

describe('with RATE_LIMITS on', () => {
  /** On a clock that stands still, so that nothing is given back. */
  const limited = (clock = new FakeClock()) =>
    startTestCore(opened.store, {
      settings: { RATE_LIMITS: 'on', JWT_SECRET: TEST_SECRET },
      limitClock: () => clock.now(),
    });

  it('a user sends 60 messages at once, then hears when to go on; another user is not held up', async () => {
    const clock = new FakeClock();
    const core = await limited(clock);
    const [ada, bob] = [await core.enter(), await core.enter()];
    const answers = await Promise.all(Array.from({ length: 75 }, () => ada.request(message('lobby'))));
    const refusal = { type: 'error', code: 'rate_limited', retryAfterMs: 100 };
    expect(answers.filter(({ type }) => type === 'ok')).toHaveLength(60);
    expect(answers.slice(60)).toMatchObject(Array.from({ length: 15 }, () => refusal));
    expect(await bob.request(message('lobby'))).toMatchObject({ type: 'ok' });
    clock.advance(100);
    expect(await ada.request(message('lobby'))).toMatchObject({ type: 'ok' });
    expect(await ada.request(message('lobby'))).toMatchObject(refusal);
    await core.close();
  });

  it('a user who keeps on regardless is closed with 4429, and no one else', async () => {
    const core = await limited();
    const [flooder, bystander] = [await core.enter(), await core.enter()];
    await bystander.request({ type: 'room.join', room: 'lobby' });
    for (let count = 0; count < 200; count += 1) flooder.send(message('lobby', String(count)));
    expect(await flooder.closed()).toBe(4429);
    expect(flooder.messages.filter((each) => each.type === 'error')).toHaveLength(20);
    expect(await bystander.request(message('lobby'))).toMatchObject({ type: 'ok' });
    await core.close();
  });

  it('an address opens 100 connections at once, and others are counted by their tickets', async () => {
    const core = await limited();
    const ticket = await makeTicket(new TextEncoder().encode(TEST_SECRET), '198.51.100.7');
    const openMany = async (count: number, headers: Record<string, string> = {}) => {
      const attempts = Array.from({ length: count }, () => RawClient.open(core.url, { headers }));
      const settled = await Promise.allSettled(attempts);
      for (const each of settled) if (each.status === 'fulfilled') each.value.terminate();
      return settled.map((each) => (each.status === 'fulfilled' ? 'taken' : String(each.reason)));
    };
    const own = await openMany(150);
    expect(own.filter((each) => each === 'taken')).toHaveLength(100);
    expect(own.filter((each) => each.includes('429'))).toHaveLength(50);
    expect(await openMany(50, { [TICKET_HEADER]: ticket })).toEqual(Array.from({ length: 50 }, () => 'taken'));
    // A ticket that is none changes nothing.
    expect(await openMany(1, { [TICKET_HEADER]: `${ticket}x` })).toEqual([expect.stringContaining('429')]);
    await core.close();
  });

  it('guesses at a room’s password run out', async () => {
    const core = await limited();
    const [ada, eve] = [await core.enter(), await core.enter()];
    await ada.request({ type: 'room.create', room: 'guarded', password: 'opensesame' });
    const codes: unknown[] = [];
    for (let count = 0; count < 12; count += 1) {
      codes.push((await eve.request({ type: 'room.join', room: 'guarded', password: String(count) })).code);
    }
    const wrong = Array.from({ length: 10 }, () => 'wrong_password');
    expect(codes).toEqual([...wrong, 'rate_limited', 'rate_limited']);
    await core.close();
  });

  it.each([
    ['lists of rooms or people', 60, [{ type: 'room.list' }, { type: 'user.list' }]],
    [
      'pages of members or rooms',
      600,
      [
        { type: 'room.members', room: 'lobby' },
        { type: 'room.join', room: 'lobby' },
      ],
    ],
  ])('%s: a user is answered with %i at once; another user is not held up', async (_, count, requests) => {
    const core = await limited();
    const [eager, bystander] = [await core.enter(), await core.enter()];
    const answersOf = (client: RawClient) => client.messages.filter((each) => 're' in each);
    const [request] = requests;
    eager.sendTogether(Array.from({ length: count }, (_each, id) => ({ ...request, id })));
    await pollFor(() => answersOf(eager).length, count);
    expect(answersOf(eager).filter(({ type }) => type === 'error')).toEqual([]);
    const refusal = { code: 'rate_limited', retryAfterMs: expect.any(Number) as number };
    for (const each of requests) {
      expect(await eager.request({ ...each, id: -1 })).toMatchObject(refusal);
      expect((await bystander.request(each)).type).not.toBe('error');
    }
    await core.close();
  });

  it('guests of one address make 60 rooms at once, and those of another one go on', async () => {
    const core = await limited();
    const guests = await Promise.all(Array.from({ length: 7 }, () => core.enter()));
    const requests = guests.flatMap((guest) =>
      Array.from({ length: 10 }, () => guest.request({ type: 'room.create', room: uniqueRoom() })),
    );
    const refused = (await Promise.all(requests)).filter(({ type }) => type === 'error');
    expect(refused).toMatchObject(Array.from({ length: 10 }, () => ({ code: 'rate_limited', retryAfterMs: 1000 })));
    const ticket = await makeTicket(new TextEncoder().encode(TEST_SECRET), '198.51.100.8');
    const elsewhere = await core.enter(uniqueNick(), { headers: { [TICKET_HEADER]: ticket } });
    expect(await elsewhere.request({ type: 'room.create', room: uniqueRoom() })).toMatchObject({ type: 'room.joined' });
    await core.close();
  });
});

describe('guests of one address', () => {
  it('that all try passwords of a room leave the queue of those who sign in some room', async () => {
    const core = await startTestCore(opened.store, { settings: { JWT_SECRET: TEST_SECRET } });
    const ada = await core.enter();
    await ada.request({ type: 'room.create', room: 'crowded', password: 'opensesame' });
    const guests = await Promise.all(Array.from({ length: 90 }, () => core.enter()));
    const tries = guests.map((guest) => guest.request({ type: 'room.join', room: 'crowded', password: 'wrong' }));
    const codes = (await Promise.all(tries)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['wrong_password', 'unavailable']));
    await core.close();
  });
});

describe('a client that does not read', () => {
  it('its answers is not read either, and loses none of them', async () => {
    const core = await startTestCore(opened.store);
    const [greedy, bystander] = [await core.enter(), await core.enter()];
    await sendMany(bystander, 'lobby', 50, 'x'.repeat(2000));
    greedy.pause();
    const asked = 400;
    for (let id = 1; id <= asked; id += 1) greedy.send({ type: 'history', room: 'lobby', id });
    expect(await bystander.request(message('lobby'))).toMatchObject({ type: 'ok' });
    greedy.resume();
    const order = (): number[] =>
      greedy.messages.flatMap((each) => ('re' in each && each.re !== undefined ? [each.re] : []));
    await pollFor(
      () => order().length,
      (count) => count >= asked,
    );
    expect(order()).toEqual(Array.from({ length: asked }, (_, index) => index + 1));
    await core.close();
  });

  it('is cut off after STALL_SECONDS', async () => {
    const core = await startTestCore(opened.store, { settings: { STALL_SECONDS: '1' } });
    const [stalled, bystander] = [await core.enter(), await core.enter()];
    await bystander.request({ type: 'room.join', room: 'lobby' });
    await stalled.request({ type: 'room.join', room: 'lobby' });
    stalled.pause();
    const writer = await core.enter();
    const { nick } = youOf(stalled);
    const hasLeft = (each: ServerMessage): boolean =>
      each.type === 'presence' && each.users?.some((user) => user.nick === nick && !user.online) === true;
    await pollFor(async () => {
      await sendMany(writer, 'lobby', 100, BULKY_TEXT);
      return bystander.messages.some(hasLeft);
    }, true);
    await core.close();
  });
});

describe('a shutdown', () => {
  it('answers what was sent, closes everyone with 4503 and takes no one more', async () => {
    const core = await startTestCore(opened.store);
    const [ada, bob] = [await core.enter(), await core.enter()];
    const silent = await core.open();
    const sent = Array.from({ length: 100 }, () => ada.request(message('lobby', 'before the end')));
    // The last of them has arrived once the ping behind it is answered.
    await ada.request({ type: 'ping' });
    const closed = core.core.close();
    for (const answer of await Promise.all(sent)) expect(answer).toMatchObject({ type: 'ok' });
    expect(await ada.closed()).toBe(4503);
    expect(await bob.closed()).toBe(4503);
    expect(await silent.closed()).toBe(4503);
    await closed;
    await expect(RawClient.enter(core.url, uniqueNick())).rejects.toThrow('503');
    await core.core.close();
    await core.close();
  });

  it('does not wait for a client that has stopped reading', async () => {
    const core = await startTestCore(opened.store);
    const [stalled, writer] = [await core.enter(), await core.enter()];
    await stalled.request({ type: 'room.join', room: 'lobby' });
    stalled.pause();
    while (!(await areStalled(core, 1))) await sendMany(writer, 'lobby', 100, BULKY_TEXT);
    // STALL_SECONDS would cut it off after five minutes.
    await expect(core.core.close()).resolves.toBeUndefined();
    await core.close();
  });
});
