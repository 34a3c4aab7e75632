import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client, inLobby, message, NOW, online, room } from '../../test/acting-client.ts';
import { activeRoom } from '../state/open-room.ts';
import type { StartOptions } from '../state/state.ts';
import { createTui } from '../tui.ts';
import { Glimpses, type GlimpsingClient } from './glimpses.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const seenBy = (client: Client): GlimpsingClient => ({
  state: () => client.state,
  show: (glimpse) => void client.act({ type: 'glimpsed', glimpse }),
});

class Comer {
  readonly client: Client;
  isConnecting = false;

  constructor(glimpses: Glimpses, options: Partial<StartOptions> = {}) {
    this.client = new Client({ hosted: true, nick: 'eve', ...options });
    glimpses.share(seenBy(this.client));
    glimpses.enter(seenBy(this.client), () => (this.isConnecting = true));
  }

  get sees(): number | undefined {
    const { stage } = this.client.state;
    return stage.name === 'chat' ? activeRoom(stage)?.log.lastSeq : undefined;
  }

  /** The server lets it in. */
  online(): void {
    this.client.act({ type: 'connection', connection: online, now: NOW });
    this.client.act({ type: 'rooms', rooms: new Map([['lobby', room('lobby')]]) });
    this.client.opened('lobby', { lastSeq: 5, readSeq: 5 }, [message(5)]);
  }
}

describe('whoever comes where others are', () => {
  it('sees the room before it connects, and connects when nobody else comes', () => {
    const glimpses = new Glimpses(() => true);
    glimpses.share(seenBy(inLobby()));
    const first = new Comer(glimpses);
    expect(first).toMatchObject({ sees: 2, isConnecting: false });
    vi.advanceTimersByTime(15);
    const second = new Comer(glimpses);
    expect(second.sees).toBe(2);
    vi.advanceTimersByTime(15);
    expect([first.isConnecting, second.isConnecting]).toEqual([false, false]);
    vi.advanceTimersByTime(10);
    expect([first.isConnecting, second.isConnecting]).toEqual([true, true]);
  });

  it('connects after half a second at the latest', () => {
    const glimpses = new Glimpses(() => true);
    glimpses.share(seenBy(inLobby()));
    const first = new Comer(glimpses);
    for (let ms = 0; ms < 500; ms += 10) {
      expect(first.isConnecting).toBe(false);
      vi.advanceTimersByTime(10);
      glimpses.share(seenBy(inLobby()))();
    }
    expect(first.isConnecting).toBe(true);
  });

  it('sees nothing where public rooms are not for everyone', () => {
    const glimpses = new Glimpses((server) => server !== inLobby().chat.server);
    glimpses.share(seenBy(inLobby()));
    expect(new Comer(glimpses)).toMatchObject({ sees: undefined, isConnecting: true });
  });

  it('sees nothing of private rooms, other servers, those who are offline, or have left', () => {
    const glimpses = new Glimpses(() => true);
    const inside = inLobby();
    const leave = glimpses.share(seenBy(inside));
    expect(new Comer(glimpses, { server: 'http://elsewhere.test' })).toMatchObject({ sees: undefined });
    expect(new Comer(glimpses, { room: 'dev' })).toMatchObject({ sees: undefined });
    inside.act({ type: 'rooms', rooms: new Map([['lobby', room('lobby', { kind: 'private' })]]) });
    expect(new Comer(glimpses)).toMatchObject({ sees: undefined, isConnecting: true });
    inside.act({ type: 'rooms', rooms: new Map([['lobby', room('lobby')]]) });
    vi.advanceTimersByTime(200);
    inside.act({ type: 'connection', connection: { name: 'connecting', attempt: 1 }, now: NOW });
    expect(new Comer(glimpses)).toMatchObject({ sees: undefined, isConnecting: true });
    inside.act({ type: 'connection', connection: online, now: NOW });
    vi.advanceTimersByTime(200);
    const paging = new Client({ hosted: true, nick: 'eve' });
    const opened = { room: room('lobby', { lastSeq: 2 }), members: [], total: 0, events: [message(2)], more: true };
    inside.act({ type: 'room.opened', opened, fresh: true });
    inside.act({ type: 'viewport', viewport: { atBottom: true, below: 0, anchor: undefined }, nearTop: true });
    glimpses.enter(seenBy(paging), () => {});
    expect(paging.state.stage.name).toBe('welcome');
    inside.act({ type: 'paged', room: 'lobby', before: 2, events: [message(1)], more: false });
    vi.advanceTimersByTime(200);
    expect(new Comer(glimpses).sees).toBe(2);
    leave();
    expect(new Comer(new Glimpses(() => true)).sees).toBeUndefined();
  });
});

it('does not connect one who has left again', async () => {
  const glimpses = new Glimpses(() => true);
  glimpses.share(seenBy(inLobby()));
  const sockets: string[] = [];
  const stream = { on: () => {}, removeListener: () => {}, write: () => true };
  const start = (): ReturnType<typeof createTui> =>
    createTui({
      input: stream,
      output: stream,
      size: { cols: 80, rows: 24 },
      server: 'http://parley.test',
      hosted: true,
      nick: 'eve',
      fresh: true,
      glimpses,
      createSocket: (url) => {
        sockets.push(url);
        return { send() {}, close() {}, terminate() {} };
      },
    });
  const left = start();
  await vi.advanceTimersByTimeAsync(1);
  left.close();
  await left.done;
  await vi.advanceTimersByTimeAsync(1000);
  expect(sockets).toEqual([]);
  const staying = start();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sockets).toEqual(['ws://parley.test/ws']);
  staying.close();
  await vi.advanceTimersByTimeAsync(2000);
  await staying.done;
});

describe('many who come into a room that nobody is in', () => {
  it('let one ask for it, and see it when that one does', () => {
    const glimpses = new Glimpses(() => true);
    const [first, ...others] = [1, 2, 3].map(() => new Comer(glimpses));
    expect(first?.isConnecting).toBe(true);
    expect(others.map(({ isConnecting }) => isConnecting)).toEqual([false, false]);
    vi.advanceTimersByTime(30);
    first?.online();
    vi.advanceTimersByTime(5);
    expect(others.map(({ sees }) => sees)).toEqual([5, 5]);
    // Whoever is shown something late still is one who comes.
    vi.advanceTimersByTime(15);
    expect(others.map(({ isConnecting }) => isConnecting)).toEqual([false, false]);
    vi.advanceTimersByTime(5);
    expect(others.map(({ isConnecting }) => isConnecting)).toEqual([true, true]);
  });

  it('do not wait long for it', () => {
    const glimpses = new Glimpses(() => true);
    const [, second] = [new Comer(glimpses), new Comer(glimpses)];
    vi.advanceTimersByTime(140);
    expect(second.isConnecting).toBe(false);
    vi.advanceTimersByTime(15);
    expect(second).toMatchObject({ sees: undefined, isConnecting: true });
  });

  it('do not wait for one who goes to another room', () => {
    const glimpses = new Glimpses(() => true);
    const comers = [new Comer(glimpses, { room: 'dev' }), new Comer(glimpses)];
    expect(comers.map(({ isConnecting }) => isConnecting)).toEqual([true, true]);
  });
});
