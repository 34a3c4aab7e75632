/** Reading back and on through a long room: the state machine and the message pane's lines, and a server that has all of it. */
import type { ConnectionState } from '@parley/client';
import { describe, expect, it } from 'vitest';
import { Client, inLobby, message, NOW, online, room } from '../../test/acting-client.ts';
import type { Action } from '../state/actions.ts';
import type { Effect } from '../state/effects.ts';
import { newestOf } from '../state/open-room.ts';
import { MAX_EVENTS, MAX_HELD_EVENTS } from '../state/room-log.ts';
import type { OpenRoom } from '../state/state.ts';
import { dark } from '../themes/dark.ts';
import { Timelines } from './timelines.ts';

const PAGE = 100;
const PANE = { width: 70, height: 20 };
const inDev = (seq: number) => message(seq, `m${seq}.`, { room: 'dev' });
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

class Reader {
  readonly client = inLobby();
  #last: number;
  #answers = true;
  #loses = false;
  readonly #waiting: Action[] = [];
  readonly #timelines = new Timelines(dark, {
    wall: undefined,
    now: () => NOW,
    onViewport: (viewport, nearTop) => this.#waiting.push({ type: 'viewport', viewport, nearTop }),
    onPortion: () => {},
  });
  asked = 0;

  /** In a room with so many messages, which it was opened with the newest 50 of. */
  constructor(messages: number) {
    this.#last = messages;
    this.client.press('alt+2');
    const events = range(messages - 49, messages).map(inDev);
    const dev = room('dev', { lastSeq: messages, readSeq: messages });
    this.act({ type: 'room.opened', opened: { room: dev, members: [], total: 0, events, more: true }, fresh: true });
  }

  get open(): OpenRoom {
    const open = this.client.chat.open.get('dev');
    if (open === undefined) throw new Error('The room is not open.');
    return open;
  }
  /** How many events are kept of the room. */
  get kept(): number {
    return this.open.log.events.length + (this.open.live?.events.length ?? 0);
  }
  /** The messages on the screen. */
  get shown(): number[] {
    const rows = this.#timelines.rows('dev', PANE.width, PANE.height) ?? [];
    return rows.flatMap(({ text }) => /m(\d+)\./u.exec(text)?.slice(1).map(Number) ?? []);
  }

  /** No page comes any more, or all that are asked for do. */
  answer(answers: boolean): void {
    this.#answers = answers;
  }

  /** Nothing is heard of pages that are asked for. */
  loseAnswers(loses: boolean): void {
    this.#loses = loses;
  }

  act(...actions: Action[]): this {
    for (const action of actions) this.#follow(this.client.act(action));
    return this;
  }
  press(chord: string): this {
    this.#follow(this.client.press(chord));
    return this;
  }
  hear(count: number): this {
    const events = range(this.#last + 1, this.#last + count).map(inDev);
    this.#last += count;
    return this.act({ type: 'events', events, now: NOW });
  }

  #follow({ chat, effects }: Client): void {
    if (chat.active === 'dev') this.#timelines.sync(chat);
    for (const effect of effects) this.#run(effect);
    if (chat.active !== 'dev') return;
    if (this.shown.length === 0) throw new Error('Nothing is shown.');
    const [next] = this.#waiting.splice(0, 1);
    if (next !== undefined) this.act(next);
  }

  #run(effect: Effect): void {
    if (effect.do === 'scroll') this.#timelines.scroll('dev', effect.move);
    if (effect.do !== 'page-older' && effect.do !== 'page-on') return;
    this.asked++;
    if (this.#loses) return;
    if (!this.#answers) return void this.#waiting.push({ type: 'page.failed', room: 'dev', words: 'No.' });
    if (effect.do === 'page-older') {
      const events = range(Math.max(1, effect.before - PAGE), effect.before - 1).map(inDev);
      const more = effect.before - PAGE > 1;
      this.#waiting.push({ type: 'paged', room: 'dev', before: effect.before, events, more });
    } else {
      const events = range(effect.after + 1, Math.min(this.#last, effect.after + PAGE)).map(inDev);
      this.#waiting.push({ type: 'paged.on', room: 'dev', after: effect.after, events });
    }
  }
}

/** All that is on the screen page by page, until it does not move any more. */
function read(reader: Reader, chord: 'pageup' | 'pagedown', check: () => void): number[] {
  const seen = new Set(reader.shown);
  for (let before: number[] = []; before.join() !== reader.shown.join();) {
    before = reader.shown;
    reader.press(chord);
    const { shown } = reader;
    expect(shown).toEqual(range(shown[0] ?? 0, shown.at(-1) ?? 0));
    for (const seq of shown) seen.add(seq);
    check();
  }
  return [...seen].toSorted((a, b) => a - b);
}

describe('a long room', () => {
  const isBounded = (reader: Reader): void => expect(reader.kept).toBeLessThanOrEqual(MAX_HELD_EVENTS + MAX_EVENTS);

  it('is read back to its beginning and on to its end without a gap, and little of it is kept', () => {
    const reader = new Reader(3000);
    const back = read(reader, 'pageup', () => isBounded(reader));
    expect(back).toEqual(range(1, 3000));
    reader.hear(500);
    const on = read(reader, 'pagedown', () => isBounded(reader));
    expect(on).toEqual(range(1, 3500));
    expect(reader.open.live).toBeUndefined();
    expect(reader.client.chat.viewport.atBottom).toBe(true);
    reader.hear(1);
    expect(reader.shown.at(-1)).toBe(3501);
    expect(reader.kept).toBeLessThanOrEqual(MAX_EVENTS);
  });

  it('is at its beginning with one key, as far back as a search goes', () => {
    const reader = new Reader(900).press('ctrl+home');
    expect(reader.shown[0]).toBe(1);
    isBounded(reader);
    expect(new Reader(3000).press('ctrl+home').shown[0]).toBeLessThan(2100);
  });

  it('is at its end with one key, however far one was', () => {
    const reader = new Reader(3000);
    for (let press = 0; press < 40; press++) reader.press('ctrl+home');
    isBounded(reader);
    expect(reader.shown[0]).toBe(1);
    reader.hear(5).press('ctrl+end');
    expect(reader.shown.at(-1)).toBe(3005);
    expect(reader.client.effects).toContainEqual({ do: 'mark-read', room: 'dev', seq: 3005 });
    expect(reader.open.live).toBeUndefined();
    const asked = reader.asked;
    reader.press('pageup');
    expect(reader.shown.at(-1)).toBeGreaterThan(2980);
    expect(reader.asked).toBe(asked);
  });

  it('does not move while more is said than is kept', () => {
    const reader = new Reader(3000).press('pageup');
    const before = reader.shown;
    for (let count = 0; count < 300; count++) {
      reader.hear(20);
      isBounded(reader);
    }
    expect(reader.shown).toEqual(before);
    const [first = 0] = before;
    expect(read(reader, 'pagedown', () => isBounded(reader))).toEqual(range(first, 9000));
  });

  it('is where it was when one comes back to it after a day in another room', () => {
    const reader = new Reader(3000).press('pageup');
    const before = reader.shown;
    reader.press('alt+1');
    for (let count = 0; count < 300; count++) {
      reader.hear(20);
      isBounded(reader);
    }
    reader.press('alt+2');
    expect(reader.shown).toEqual(before);
    expect(newestOf(reader.open).lastSeq).toBe(9000);
    expect(read(reader, 'pagedown', () => isBounded(reader)).at(-1)).toBe(9000);
  });

  it('shows what was changed of what one has scrolled back to', () => {
    const reader = new Reader(3000).press('pageup').hear(1000);
    expect(reader.open.live).toBeDefined();
    const [seq = 0] = reader.shown;
    const { text: _, cid: __, ...base } = inDev(4001);
    reader.act({ type: 'events', events: [{ ...base, type: 'message.deleted', target: seq }], now: NOW });
    expect(reader.shown).not.toContain(seq);
  });

  it('asks again for what was lost with its connection, or was asked for without one', () => {
    const reader = new Reader(3000);
    const connection = (state: ConnectionState): Action => ({ type: 'connection', connection: state, now: NOW });
    reader.loseAnswers(true);
    read(reader, 'pageup', () => {});
    const { asked, shown } = reader;
    reader.act(connection({ name: 'waiting', retryAt: NOW, attempt: 1, reason: 'It was lost.' }));
    reader.loseAnswers(false);
    reader.act(connection(online));
    expect(reader.asked).toBe(asked + 1);
    expect(reader.shown.at(-1)).toBe(shown.at(-1));
    reader.press('pageup');
    expect(reader.shown[0]).toBeLessThan(shown[0] ?? 0);
  });

  it('waits at the end of what it has for what follows, and asks again when one scrolls on', () => {
    const reader = new Reader(3000).press('pageup').hear(1000);
    reader.answer(false);
    read(reader, 'pagedown', () => {});
    const { shown } = reader;
    expect(reader.client.chat.viewport.atBottom).toBe(false);
    reader.answer(true);
    reader.press('pagedown').press('pagedown');
    expect(reader.shown[0]).toBeGreaterThan(shown[0] ?? 0);
  });
});
