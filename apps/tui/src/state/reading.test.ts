import type { ConnectionState } from '@parley/client';
import { describe, expect, it } from 'vitest';
import { Client, inLobby, message, NOW, online, room, you } from '../../test/acting-client.ts';
import type { Action } from './actions.ts';
import type { Effect } from './effects.ts';
import { distinctMembers, shownMembers } from './open-room.ts';
import { nextTick } from './transition.ts';

describe('reading', () => {
  it('marks a room read while its newest message is in sight and the window has the focus', () => {
    const client = inLobby().act({ type: 'events', events: [message(3)], now: NOW });
    expect(client.effects).toEqual([{ do: 'mark-read', room: 'lobby', seq: 3 }]);
  });

  it('does not mark it while scrolled back, or without the focus', () => {
    const client = inLobby()
      .viewport(false)
      .act({ type: 'events', events: [message(3)], now: NOW });
    expect(client.effects).toEqual([]);
    client.act({ type: 'input', input: { type: 'focus', focused: false }, now: NOW }).viewport(true);
    expect(client.effects).toEqual([]);
    client.act({ type: 'input', input: { type: 'focus', focused: true }, now: NOW });
    expect(client.effects).toEqual([{ do: 'mark-read', room: 'lobby', seq: 3 }]);
  });

  it('draws the line of what is new where reading ended', () => {
    const client = inLobby().press('alt+2');
    client.opened('dev', { lastSeq: 9, readSeq: 6, unread: 3 }, [message(9, 'x', { room: 'dev' })]);
    expect(client.chat.open.get('dev')?.marker).toBe(6);
    client.press('alt+1').act({ type: 'input', input: { type: 'focus', focused: false }, now: NOW });
    client.act({ type: 'events', events: [message(3), message(4)], now: NOW });
    expect(client.chat.open.get('lobby')?.marker).toBe(2);
  });

  it('leads to the first of what is new, however far back, and says that there is much until someone looks', () => {
    const client = inLobby().press('alt+2');
    const dev = room('dev', { lastSeq: 80, readSeq: 20, unread: 60 });
    const inDev = (seq: number) => message(seq, 'x', { room: 'dev' });
    const opened = { room: dev, members: [], total: 0, events: [inDev(80)], more: true };
    client.act({ type: 'room.opened', opened, fresh: true });
    expect(client.chat.open.get('dev')?.missed).toBe(60);
    expect(client.press('alt+u').effects).toEqual([{ do: 'page-older', room: 'dev', before: 80 }]);
    expect(client.chat.open.get('dev')?.missed).toBe(0);
    const older = Array.from({ length: 50 }, (_, index) => inDev(30 + index));
    client.act({ type: 'paged', room: 'dev', before: 80, events: older, more: true });
    expect(client.effects).toEqual([{ do: 'page-older', room: 'dev', before: 30 }]);
    client.act({ type: 'paged', room: 'dev', before: 30, events: [inDev(20), inDev(21), inDev(29)], more: true });
    expect(client.effects).toEqual([{ do: 'scroll', move: { seq: 21 } }]);
    const read = inLobby().enter('/unread');
    expect(read.chat.toast?.words).toBe('Nothing is new here.');
  });

  it('leads to the very first message with one key, page by page, and on from where a search ends', () => {
    const client = inLobby().press('alt+2');
    const inDev = (seq: number) => message(seq, 'x', { room: 'dev' });
    const opened = { room: room('dev', { lastSeq: 99 }), members: [], total: 0, events: [inDev(90)], more: true };
    client.act({ type: 'room.opened', opened, fresh: true });
    const first: Effect = { do: 'scroll', move: { to: 'first' } };
    expect(client.press('home').effects).toEqual([first, { do: 'page-older', room: 'dev', before: 90 }]);
    client.act({ type: 'paged', room: 'dev', before: 90, events: [inDev(80)], more: true });
    expect(client.effects).toEqual([{ do: 'page-older', room: 'dev', before: 80 }]);
    // Someone wants to be elsewhere meanwhile.
    client.press('end').act({ type: 'paged', room: 'dev', before: 80, events: [inDev(70)], more: true });
    expect(client.effects).toEqual([]);
    client.press('ctrl+home');
    for (let seq = 69; seq > 49; seq--) {
      client.act({ type: 'paged', room: 'dev', before: seq + 1, events: [inDev(seq)], more: true });
    }
    expect(client.effects).toEqual([{ do: 'scroll', move: { seq: 1 } }]);
    client.viewport(false).press('home');
    client.act({ type: 'paged', room: 'dev', before: 50, events: [inDev(1)], more: false });
    expect(client.effects).toEqual([{ do: 'scroll', move: { seq: 1 } }]);
    expect(client.viewport(false).press('home').effects).toEqual([first]);
  });

  it('says nothing of what one screen shows, or someone has scrolled through', () => {
    const client = inLobby().press('alt+2');
    client.opened('dev', { lastSeq: 9, readSeq: 6, unread: 3 }, [message(9, 'x', { room: 'dev' })]);
    expect(client.chat.open.get('dev')?.missed).toBe(0);
    client.opened('dev', { lastSeq: 99, readSeq: 6, unread: 93 }, [message(99, 'x', { room: 'dev' })]);
    expect(client.chat.open.get('dev')?.missed).toBe(93);
    expect(client.viewport(false).chat.open.get('dev')?.missed).toBe(0);
  });

  it('asks for older messages once, and only while there are any', () => {
    const client = inLobby();
    const top: Action = { type: 'viewport', viewport: { atBottom: false, below: 0, anchor: 1 }, nearTop: true };
    expect(client.act(top).effects).toEqual([]);
    client.press('alt+2');
    const opened = {
      room: room('dev', { lastSeq: 80 }),
      members: [],
      total: 0,
      events: [message(31, 'x', { room: 'dev' })],
    };
    client.act({ type: 'room.opened', opened: { ...opened, more: true }, fresh: true });
    expect(client.act(top).effects).toEqual([{ do: 'page-older', room: 'dev', before: 31 }]);
    expect(client.act(top).effects).toEqual([]);
    client.act({ type: 'paged', room: 'dev', before: 31, events: [message(30, 'x', { room: 'dev' })], more: false });
    expect(client.chat.open.get('dev')?.log).toMatchObject({ firstSeq: 30, more: false });
  });

  it('highlights rooms in which someone was named', () => {
    const client = inLobby().press('alt+2').opened('dev');
    client.act({ type: 'events', events: [message(3, 'ask Ada.')], now: NOW });
    expect([...client.chat.mentioned]).toEqual(['lobby']);
    expect([...client.press('alt+1').chat.mentioned]).toEqual([]);
  });

  it('shows who types until they stop or send', () => {
    const client = inLobby();
    const hint = { type: 'typing', room: 'lobby', user: { id: '2', nick: 'bob' } } as const;
    const typing = () => client.chat.open.get('lobby')?.typing.map(({ nick }) => nick);
    client.act({ type: 'hint', hint, now: NOW });
    expect(typing()).toEqual(['bob']);
    const tick = nextTick(client.state) ?? 0;
    client.act({ type: 'ticked', now: tick });
    expect(typing()).toEqual([]);
    client.act({ type: 'hint', hint, now: tick }, { type: 'events', events: [message(3)], now: tick });
    expect(typing()).toEqual([]);
  });
});

describe('scrolling back', () => {
  it('is where it was when one comes back to the room', () => {
    const client = inLobby().viewport(false);
    client.press('alt+2').opened('dev');
    expect(client.chat.viewport.atBottom).toBe(true);
    client.press('alt+1');
    expect(client.chat.viewport).toMatchObject({ atBottom: false, anchor: 1 });
    client.viewport(true).press('alt+2').press('alt+1');
    expect(client.chat.viewport.atBottom).toBe(true);
  });

  it('keeps what it shows from being let go while another room is on the screen', () => {
    const client = inLobby().viewport(false).press('alt+2').opened('dev');
    const events = Array.from({ length: 500 }, (_, index) => message(3 + index));
    client.act({ type: 'events', events, now: NOW });
    expect(client.chat.open.get('lobby')?.log.firstSeq).toBe(1);
    client.press('alt+1').viewport(true).press('alt+2');
    client.act({ type: 'events', events: [message(503)], now: NOW });
    expect(client.chat.open.get('lobby')?.log.firstSeq).toBeGreaterThan(1);
  });
});

describe('coming back to where one was scrolled to', () => {
  const newest = Array.from({ length: 50 }, (_, index) => message(151 + index));
  const unread = { lastSeq: 200, readSeq: 120, unread: 80 };
  const comingBack = (anchor: number): Client => {
    const client = new Client({ restores: true });
    client.act({ type: 'session.found', you, room: 'lobby', drafts: new Map(), anchor });
    client.act({ type: 'connection', connection: online, now: NOW });
    const opened = { room: room('lobby', unread), members: [], total: 0, events: newest, more: true };
    return client.act({ type: 'room.opened', opened, fresh: true });
  };
  const page: Action = { type: 'paged', room: 'lobby', before: 151, events: [message(110)], more: true };

  it('marks nothing read before the pane has told where it is', () => {
    const client = comingBack(110);
    expect(client.effects).toEqual([{ do: 'page-older', room: 'lobby', before: 151 }]);
    expect(client.act(page).effects).toEqual([{ do: 'scroll', move: { seq: 110 } }]);
    expect(client.viewport(false).effects).toEqual([]);
    expect(client.viewport(true).effects).toEqual([{ do: 'mark-read', room: 'lobby', seq: 200 }]);
  });

  it('marks what is read when that place is at the end, or can’t be had', () => {
    const client = comingBack(190);
    expect(client.effects).toEqual([{ do: 'scroll', move: { seq: 190 } }]);
    expect(client.viewport(true).effects).toEqual([{ do: 'mark-read', room: 'lobby', seq: 200 }]);
    const failed = comingBack(110).act({ type: 'page.failed', room: 'lobby', words: 'No.' });
    expect(failed.effects).toEqual([{ do: 'mark-read', room: 'lobby', seq: 200 }]);
  });

  it('goes on after an outage', () => {
    const client = comingBack(110);
    const waiting: ConnectionState = { name: 'waiting', retryAt: NOW, attempt: 1, reason: 'It was lost.' };
    client.act({ type: 'connection', connection: waiting, now: NOW });
    expect(client.act({ type: 'page.failed', room: 'lobby', words: 'Gone.' }).effects).toEqual([]);
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toContainEqual({ do: 'page-older', room: 'lobby', before: 151 });
    expect(client.act(page).effects).toEqual([{ do: 'scroll', move: { seq: 110 } }]);
  });
});

describe('a page of older messages', () => {
  it('is not taken when the messages after it were let go meanwhile, and the right one is asked for then', () => {
    const all = Array.from({ length: 300 }, (_, index) => message(101 + index));
    const opened = { room: room('lobby', { lastSeq: 400 }), members: [], total: 0, events: all, more: true };
    const top: Action = { type: 'viewport', viewport: { atBottom: false, below: 0, anchor: 101 }, nearTop: true };
    const client = inLobby().act({ type: 'room.opened', opened, fresh: true }, top);
    expect(client.effects).toContainEqual({ do: 'page-older', room: 'lobby', before: 101 });
    client.viewport(true).act({ type: 'events', events: [message(401)], now: NOW });
    client.act({ type: 'paged', room: 'lobby', before: 101, events: [message(99), message(100)], more: true });
    const log = () => client.chat.open.get('lobby')?.log;
    expect(log()).toMatchObject({ firstSeq: 250, lastSeq: 401 });
    expect(log()?.events[0]?.seq).toBe(250);
    expect(client.act(top).effects).toEqual([{ do: 'page-older', room: 'lobby', before: 250 }]);
    client.act({ type: 'paged', room: 'lobby', before: 250, events: [message(248), message(249)], more: true });
    expect(log()).toMatchObject({ firstSeq: 248, lastSeq: 401 });
  });
});

describe('the time', () => {
  it('is asked for again whenever a day may begin somewhere', () => {
    const at = nextTick(inLobby().state) ?? 0;
    expect([at % (15 * 60_000), at > NOW, at - NOW <= 15 * 60_000]).toEqual([0, true, true]);
  });
});

describe('the connection', () => {
  const waiting: ConnectionState = { name: 'waiting', retryAt: NOW + 2500, attempt: 1, reason: 'It was lost.' };

  it('keeps the chat and the draft while it is gone, and counts down', () => {
    const client = inLobby().type('draft').act({ type: 'connection', connection: waiting, now: NOW });
    expect(client.draft).toBe('draft');
    expect(nextTick(client.state)).toBe(NOW + 500);
    expect(client.press('f5').effects).toEqual([{ do: 'reconnect' }]);
  });

  it('opens again what was still opening, and asks who is there', () => {
    const client = inLobby().press('alt+2').act({ type: 'connection', connection: waiting, now: NOW });
    const words = 'There is no connection.';
    client.act({ type: 'room.refused', room: 'dev', code: 'unavailable', words });
    expect(client.chat.active).toBe('dev');
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toEqual([{ do: 'open-room', room: 'dev', password: undefined }]);
  });

  it('asks again for a first room that the server can’t open for now: after a while, and at once with F5', () => {
    const client = new Client().act({ type: 'connection', connection: online, now: NOW });
    const refused: Action = {
      type: 'room.refused',
      room: 'lobby',
      code: 'unavailable',
      words: 'The database is away.',
    };
    const asked: readonly Effect[] = [{ do: 'open-room', room: 'lobby', password: undefined }];
    expect(client.effects).toEqual(asked);
    for (const at of [NOW + 2000, NOW + 4000]) {
      client.act(refused);
      expect(nextTick(client.state)).toBe(at);
      expect(client.act({ type: 'ticked', now: at - 1 }).effects).toEqual([]);
      expect(client.act({ type: 'ticked', now: at }).effects).toEqual(asked);
      expect(client.act({ type: 'ticked', now: at }).effects).toEqual([]);
    }
    client.act(refused, { type: 'connection', connection: waiting, now: NOW + 4000 });
    expect(nextTick(client.act({ type: 'ticked', now: NOW + 6000 }).state)).toBeGreaterThan(NOW + 6000);
    expect(client.act({ type: 'connection', connection: online, now: NOW + 6000 }).effects).toEqual(asked);
    expect(client.act(refused).press('f5').effects).toEqual(asked);
    expect(nextTick(client.state)).not.toBe(NOW + 8000);
    client.opened('lobby');
    expect(client.press('f5').effects).toEqual([]);
    expect(client.chat.toast?.words).toBe('The connection is up.');
  });

  it('does not ask again by itself for a room that was refused for good', () => {
    const client = new Client().act({ type: 'connection', connection: online, now: NOW });
    client.act({ type: 'room.refused', room: 'lobby', code: 'forbidden', words: 'No.' });
    expect(client.act({ type: 'ticked', now: NOW + 60_000 }).effects).toEqual([]);
  });

  it('asks who is there in each open room, once it is shown', () => {
    const client = inLobby().press('alt+2').opened('dev');
    client.act({ type: 'connection', connection: waiting, now: NOW });
    expect(client.press('alt+1').effects).toEqual([]);
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toEqual([{ do: 'list-members', room: 'lobby', quietly: true }]);
    expect(client.press('alt+2').effects).toEqual([{ do: 'list-members', room: 'dev', quietly: true }]);
    expect(client.press('alt+1').effects).toEqual([]);
    expect(client.press('alt+2').effects).toEqual([]);
  });

  it('leads back to the welcome screen with everything kept when it is refused', () => {
    const client = inLobby().type('draft');
    const refused: ConnectionState = { name: 'refused', code: 'nick_taken', message: 'taken' };
    client.act({ type: 'connection', connection: refused, now: NOW });
    expect(client.state.stage).toMatchObject({ name: 'welcome', fields: { nick: { text: 'ada' } } });
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.draft).toBe('draft');
  });

  it('shows what could not be sent, and sends it again with /retry', () => {
    const client = inLobby();
    const failed = { cid: 'c', text: 'hi', state: 'failed', words: 'No.' } as const;
    client.act({ type: 'pending', room: 'lobby', pending: [failed] });
    expect(client.enter('/retry').effects).toContainEqual({ do: 'retry', cids: ['c'] });
    expect(client.enter('/discard').effects).toContainEqual({ do: 'discard', cids: ['c'] });
  });
});

describe('the list of members', () => {
  const member = (nick: string, online: boolean, guest = true) => ({ id: `${nick}${online}`, nick, guest, online });

  it('leaves out guests who left, and those whose nick someone else has by now', () => {
    const members = [member('ada', true), member('ada', false), member('bob', false), member('cyn', false, false)];
    expect(shownMembers(members, 20).map(({ nick, online }) => `${nick} ${online}`)).toEqual(['ada true', 'cyn false']);
    expect(distinctMembers(members).map(({ nick }) => nick)).toEqual(['ada', 'bob', 'cyn']);
  });

  it('knows guests who came meanwhile for guests: when they leave, nobody waits for them', () => {
    const client = inLobby().press('alt+2').opened('dev');
    const shown = (): string[] =>
      shownMembers(client.chat.open.get('dev')?.members ?? [], 20).map(({ nick, online }) => `${nick} ${online}`);
    const people = [
      { id: '7', nick: 'gil', guest: true },
      { id: '8', nick: 'acc', guest: false },
    ];
    for (const online of [true, false]) {
      const users = people.map((each) => ({ ...each, online }));
      client.act({ type: 'hint', hint: { type: 'presence', room: 'dev', users }, now: NOW });
      expect(shown()).toEqual(online ? ['acc true', 'ada true', 'gil true'] : ['ada true', 'acc false']);
    }
  });

  it('keeps who is selected in it when the server tells who is there now', () => {
    const client = inLobby();
    const bob = { id: '2', nick: 'bob', online: true };
    client.act({ type: 'hint', hint: { type: 'presence', room: 'lobby', users: [bob] }, now: NOW });
    client.press('f3', 'down');
    const rows = ['aaron', 'ada', 'bob'].map((nick) => ({ label: nick, detail: '', faint: false, opens: { nick } }));
    client.act({ type: 'listed', of: 'members', rows, total: 3 });
    expect(client.chat.popup).toMatchObject({ load: 'ready', selected: 2 });
    client.act({ type: 'listed', of: 'members', rows: rows.slice(0, 2), total: 2 });
    expect(client.chat.popup).toMatchObject({ selected: 1 });
    expect(client.press('enter').effects).toEqual([]);
  });

  it('of a conversation are both, also where one is a guest who has left, or not told', () => {
    const direct = { kind: 'direct', with: { id: '2', nick: 'bob' } } as const;
    const both = (members: Parameters<typeof shownMembers>[0]): string[] =>
      shownMembers(members, 20, direct).map(({ nick, online }) => `${nick} ${online}`);
    const ada = member('ada', true);
    expect(both([ada])).toEqual(['ada true', 'bob false']);
    expect(both([ada, { id: '2', nick: 'bob', guest: true, online: false }])).toEqual(['ada true', 'bob false']);
  });

  it('of the lobby are those who are online', () => {
    const bob = { id: '2', nick: 'bob' };
    const presence = (online: boolean): Action => ({
      type: 'hint',
      hint: { type: 'presence', room: 'lobby', users: [{ ...bob, online }] },
      now: NOW,
    });
    const client = inLobby().act(presence(true));
    expect(client.chat.open.get('lobby')).toMatchObject({ total: 2, members: [{ nick: 'ada' }, { nick: 'bob' }] });
    client.act(presence(false), presence(false));
    expect(client.chat.open.get('lobby')).toMatchObject({ total: 1, members: [{ nick: 'ada' }] });
  });
});
