/** A terminal's one client through refusals and other nicks. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, openWebSocket } from '@parley/client';
import { DEFAULT_LIMITS } from '@parley/protocol';
import { failOnLeaks, pollFor } from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { message, room, you } from '../../../packages/client/test/chat-fixtures.ts';
import type { ServerSide } from '../../../packages/client/test/scripted-server.ts';
import { EffectRunner } from '../src/runtime/effect-runner.ts';
import { HeadlessClient } from './headless-client.ts';

failOnLeaks();
let client: HeadlessClient;
beforeEach(async () => {
  client = await HeadlessClient.start();
});
afterEach(() => client.close());

const inLobby = (...seqs: number[]) =>
  [room('lobby', { lastSeq: seqs.at(-1) ?? 0, readSeq: seqs.at(-1) ?? 0 })] as const;

/** In the lobby with two messages. */
async function enterLobby(): Promise<ServerSide> {
  client.enterAs('ada');
  const side = await client.server.accept();
  await side.welcome(inLobby(1, 2));
  await side.joined([1, 2]);
  await client.saying('lobby', 'message 1', 'message 2');
  return side;
}

describe('after a refusal', () => {
  it('has the room’s messages again, and those that were on their way once', async () => {
    const side = await enterLobby();
    client.enter('on its way');
    const { cid } = await side.next('message.send');
    client.type('a draft');
    side.cut();
    client.press('f5');
    const second = await client.server.accept();
    await second.next('hello');
    second.send({ type: 'error', code: 'nick_taken', message: 'Someone is called ada.' });
    await client.onStage('welcome');
    client.enterAs('eve');
    const third = await client.server.accept();
    expect(await third.welcome(inLobby(1, 2, 3))).toMatchObject({ token: 'guest-token', nick: 'eve', resume: {} });
    const again = await third.next('message.send');
    expect(again).toMatchObject({ cid, text: 'on its way' });
    const join = await third.next('room.join');
    const own = message(3, { room: 'lobby', text: 'on its way', from: { id: '7', nick: 'eve' }, cid: String(cid) });
    third.send({
      type: 'room.joined',
      re: join.id,
      room: inLobby(3)[0],
      members: [],
      total: 0,
      events: [message(1, { room: 'lobby' }), message(2, { room: 'lobby' }), own],
      more: false,
    });
    await client.saying('lobby', 'message 1', 'message 2', 'on its way');
    expect(client.draft).toBe('a draft');
    third.send({ type: 'ok', re: again.id, seq: 3, at: own.at });
    third.send(message(4, { room: 'lobby' }));
    await client.saying('lobby', 'message 1', 'message 2', 'on its way', 'message 4');
  });

  it('has them also where it was signed out while it was looking', async () => {
    const side = await enterLobby();
    side.close(4401, 'You were signed out.');
    await client.onStage('welcome');
    client.enterAs('ada');
    const second = await client.server.accept();
    expect(await second.welcome(inLobby(1, 2))).toMatchObject({ resume: {} });
    await second.joined([1, 2]);
    await client.saying('lobby', 'message 1', 'message 2');
  });
});

describe('someone else who enters after a refusal', () => {
  const eve = { id: '8', nick: 'eve', guest: true };

  it('finds nothing of what the one before wrote, and can send none of it', async () => {
    const side = await enterLobby();
    client.enter('on its way');
    await side.next('message.send');
    client.enter('not sent yet').type('a draft');
    side.close(4401, 'You were signed out.');
    await client.onStage('welcome');
    client.enterAs('eve');
    const second = await client.server.accept();
    const hello = await second.welcome(inLobby(1, 2), { you: eve, token: 'eve-token' });
    expect(hello).toMatchObject({ nick: 'eve', resume: {} });
    expect(hello).not.toHaveProperty('token');
    await second.joined([1, 2]);
    await client.saying('lobby', 'message 1', 'message 2');
    expect(client.draft).toBe('');
    client.enter('/retry').enter('my own');
    expect(await second.next('message.send')).toMatchObject({ text: 'my own' });
  });

  it('does not come back as a guest of before who was signed out meanwhile', async () => {
    const side = await enterLobby();
    side.close(4401, 'You were signed out.');
    await client.onStage('welcome');
    // Asked for, and given up: what is known of the guest who was signed out is of no use.
    client.enterAs('eve');
    await client.server.accept();
    client.press('escape').enterAs('eve');
    const third = await client.server.accept();
    expect(await third.next('hello')).not.toHaveProperty('token');
  });
});

describe('another nick', () => {
  it('loses nothing that is said while it is asked for, and says nothing twice', async () => {
    const first = await enterLobby();
    client.enter('/nick eve');
    const second = await client.server.accept();
    const hello = await second.next('hello');
    expect(hello).toMatchObject({ token: 'guest-token', nick: 'eve', resume: { lobby: 2 } });
    client.enter('one').enter('two');
    const { cid } = await first.next('message.send');
    const rooms = inLobby(1, 2);
    second.send({ type: 'welcome', version: 1, you: { ...you, nick: 'eve' }, rooms, limits: DEFAULT_LIMITS });
    const again = await second.next('message.send');
    expect(again).toMatchObject({ cid, text: 'one' });
    await client.saying('lobby', 'message 1', 'message 2', 'sending: one', 'waiting: two');
    const from = { id: you.id, nick: 'eve' };
    const one = message(3, { room: 'lobby', text: 'one', from, cid: String(cid) });
    second.send([one, { type: 'ok', re: again.id, seq: 3, at: one.at }]);
    const next = await second.next('message.send');
    expect(next).toMatchObject({ text: 'two' });
    second.send(message(4, { room: 'lobby', text: 'two', from, cid: String(next['cid']) }));
    await client.saying('lobby', 'message 1', 'message 2', 'one', 'two');
    await pollFor(() => first.closeCode, 1000);
    expect([...first.unread, ...second.unread].filter(({ type }) => type === 'message.send')).toEqual([]);
  });

  it('shows what had come and was not read yet', async () => {
    const first = await enterLobby();
    const news: (() => void)[] = (client.news = []);
    client.enter('/nick eve');
    const second = await client.server.accept();
    await second.next('hello');
    client.enter('one');
    const sent = await first.next('message.send');
    const one = message(3, { room: 'lobby', text: 'one', from: you, cid: String(sent['cid']) });
    first.send(one);
    first.send(message(4, { room: 'lobby', text: 'two' }));
    await pollFor(() => news.length, 2);
    const rooms = inLobby(1, 2, 3, 4);
    second.send({ type: 'welcome', version: 1, you: { ...you, nick: 'eve' }, rooms, limits: DEFAULT_LIMITS });
    await client.saying('lobby', 'message 1', 'message 2', 'one', 'two');
  });

  it('goes on with a room that was opened while it was asked for', async () => {
    const first = await enterLobby();
    client.enter('/nick eve');
    const second = await client.server.accept();
    await second.next('hello');
    client.enter('/join dev');
    await first.joined([1]);
    await client.saying('dev', 'message 1');
    const rooms = [...inLobby(1, 2), room('dev', { lastSeq: 1 })];
    second.send({ type: 'welcome', version: 1, you: { ...you, nick: 'eve' }, rooms, limits: DEFAULT_LIMITS });
    expect(await second.joined([2])).toMatchObject({ room: 'dev', since: 1 });
    await client.saying('dev', 'message 1', 'message 2');
  });
});

describe('at a server that is asked over HTTP', () => {
  let asked: string[];
  let most: number;
  let actions: string[];
  let words: (string | undefined)[];
  /** What it answers with while it is not well. */
  let refusal: number | undefined;
  /** The addresses at which it isn't. */
  let refuses: RegExp;
  let signsIn: boolean;
  let due: { delayMs: number; callback: () => void }[];
  /** Stands still: what is due later comes when the test says so. */
  const still: Clock = {
    now: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = { delayMs, callback };
      due.push(timer);
      return () => void (due.includes(timer) && due.splice(due.indexOf(timer), 1));
    },
  };
  let answer: () => void;
  let server: Server;
  let runner: EffectRunner;
  beforeEach(async () => {
    asked = [];
    most = 0;
    actions = [];
    words = [];
    refusal = undefined;
    refuses = /./u;
    signsIn = false;
    due = [];
    const waiting: (() => void)[] = [];
    answer = () => waiting.splice(0).forEach((each) => each());
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url?.replace(/\/[0-9a-f]{64}$/u, '')} ${request.headers.authorization}`);
      if (refusal !== undefined && refuses.test(request.url ?? '')) return void response.writeHead(refusal).end();
      const found = { you, token: 'guest-token', room: 'dev' };
      const end = (): void => void response.end(JSON.stringify(request.method === 'GET' ? found : {}));
      if (request.url !== '/api/auth/login') return end();
      const tokens = {
        you: { ...you, guest: false },
        accessToken: 'token',
        refreshToken: 'next',
        expiresInSeconds: 900,
      };
      if (signsIn) return void response.end(JSON.stringify(tokens));
      waiting.push(() => response.writeHead(403).end());
      most = Math.max(most, waiting.length);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    runner = new EffectRunner({
      push: (action) => {
        actions.push(action.type);
        if (action.type === 'signed.out') words.push(action.problem);
      },
      newsWaits: (read) => read(),
      idle: () => {},
      mayConnect: () => {},
      clock: still,
      server: addressOf(server),
      linkRoom: undefined,
      sessionKey: 'a'.repeat(64),
      headers: {},
      createSocket: openWebSocket,
    });
  });
  afterEach(async () => {
    refusal = undefined;
    await runner.close({ forget: false });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('signs out a guest who comes back and is not online yet, there, too', async () => {
    runner.run({ do: 'find-session' });
    await pollFor(() => actions.includes('session.found'), true);
    runner.run({ do: 'sign-out' });
    await pollFor(() => actions.includes('signed.out'), true);
    expect(asked).toEqual(['GET /api/terminal-sessions undefined', ...SIGN_OUT]);
  });

  const SIGN_OUT = [
    'DELETE /api/terminal-sessions Bearer guest-token',
    'POST /api/auth/logout Bearer guest-token',
  ] as const;

  /** Back in a session, and signed out of it in vain. */
  async function signOutInVain(): Promise<void> {
    runner.run({ do: 'find-session' });
    await pollFor(() => actions.includes('session.found'), true);
    refusal = 502;
    asked = [];
    runner.run({ do: 'sign-out' });
    await pollFor(() => words.length, 1);
    expect(words[0]).toContain('the server will be told as soon as it answers');
    expect(asked).toEqual([SIGN_OUT[0]]);
    asked = [];
  }

  it('tells of a sign-out again and again until it is heard, and says so', async () => {
    await signOutInVain();
    expect(due.map(({ delayMs }) => delayMs)).toEqual([1000]);
    due.shift()?.callback();
    await pollFor(() => due.map(({ delayMs }) => delayMs), [2000]);
    expect(words).toHaveLength(1);
    refusal = undefined;
    due.shift()?.callback();
    await pollFor(() => words.slice(1), [undefined]);
    expect(asked).toEqual([SIGN_OUT[0], ...SIGN_OUT]);
    expect(due).toHaveLength(0);
  });

  it('tells of it once more, at once, when the program ends', async () => {
    await signOutInVain();
    refusal = undefined;
    await runner.close({ forget: false });
    expect(asked).toEqual(SIGN_OUT);
  });

  it('tells of a session that is left for good after the program has ended, where nobody listened', async () => {
    runner.run({ do: 'find-session' });
    await pollFor(() => actions.includes('session.found'), true);
    refusal = 502;
    asked = [];
    await runner.close({ forget: true });
    refusal = undefined;
    expect(due.map(({ delayMs }) => delayMs)).toEqual([1000]);
    due.shift()?.callback();
    await pollFor(() => asked, [SIGN_OUT[0], SIGN_OUT[0]]);
    await pollFor(() => due.length, 0);
  });

  it('says nothing of a sign-out that was heard late to whoever is entering by then', async () => {
    await signOutInVain();
    runner.run({ do: 'enter', server: addressOf(server), entrance: { as: 'guest', nick: 'eve', password: '' } });
    refusal = undefined;
    due.shift()?.callback();
    await pollFor(() => asked, [...SIGN_OUT]);
    await pollFor(() => due.length, 0);
    expect(words).toHaveLength(1);
  });

  it('saves the place again of who is in when a sign-out is heard, which may have taken it along', async () => {
    await signOutInVain();
    refuses = /logout/u;
    signsIn = true;
    const entrance = { as: 'sign-in', nick: 'ada', password: 'correct horse' } as const;
    runner.run({ do: 'enter', server: addressOf(server), entrance });
    await pollFor(() => asked.length, 1);
    const save = 'PUT /api/terminal-sessions Bearer token';
    const runDue = (sooner = Infinity): void => {
      const now = due.filter(({ delayMs }) => delayMs < sooner);
      due = due.filter((each) => !now.includes(each));
      for (const { callback } of now) callback();
    };
    // No sign-out of its own accord yet: it would come between.
    const saves = async (room: string, times: number): Promise<void> => {
      await pollFor(() => {
        runner.savePlace({ room }, { isSending: false });
        runDue(1000);
        return asked.filter((each) => each === save).length;
      }, times);
    };
    await saves('dev', 1);
    // Before it, and in vain.
    expect(asked.slice(1, 3)).toEqual(SIGN_OUT);
    // The next one is begun when the first has been answered.
    await saves('lobby', 2);
    refusal = undefined;
    asked = [];
    await pollFor(() => {
      runDue();
      return asked;
    }, [SIGN_OUT[1], save]);
  });

  it('signs in once at a time, and of those that were given up meanwhile the last one alone', async () => {
    const entrance = { as: 'sign-in', nick: 'ada', password: 'correct horse' } as const;
    runner.run({ do: 'enter', server: addressOf(server), entrance });
    await pollFor(() => asked.length, 1);
    for (let time = 0; time < 300; time++) {
      runner.run({ do: 'stop-entering' });
      runner.run({ do: 'enter', server: addressOf(server), entrance });
    }
    answer();
    await pollFor(() => asked.length, 2);
    answer();
    await pollFor(() => actions, ['welcome.failed']);
    expect({ most, asked: asked.length }).toEqual({ most: 1, asked: 2 });
  });
});

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
