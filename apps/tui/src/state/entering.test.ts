import type { ConnectionState } from '@parley/client';
import { DEFAULT_LIMITS } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { Client, inLobby, listOf, message, NOW, online, room, you } from '../../test/acting-client.ts';
import { draftOf } from './draft.ts';
import { glimpsableRoom } from './entering.ts';
import { activeRoom } from './open-room.ts';
import { logOf } from './room-log.ts';
import { draftsToSave } from './room-drafts.ts';
import type { Glimpse, StartOptions } from './state.ts';

const bob = { id: '2', nick: 'bob', guest: false, online: true };
const inDev = (seq: number) => message(seq, `m${seq}`, { room: 'dev' });
const glimpse: Glimpse = {
  room: room('dev', { topic: 'what we do', lastSeq: 2, readSeq: 2 }),
  log: logOf([inDev(1), inDev(2)], false),
  members: [bob],
  total: 1,
  online: 1,
  limits: DEFAULT_LIMITS,
};

const comingByLink = (options: Partial<StartOptions> = {}): Client =>
  new Client({ hosted: true, nick: 'ada', room: 'dev', ...options });
const withGlimpse = (): Client => comingByLink().act({ type: 'glimpsed', glimpse });
const backIn = (name: string, draft?: string): Client => {
  const drafts = new Map(draft === undefined ? [] : [[name, { text: draft, cursor: draft.length }]]);
  const client = new Client({ hosted: true, restores: true });
  return client.act({ type: 'session.found', you, room: name, anchor: undefined, drafts });
};
const shown = (client: Client) => activeRoom(client.chat);

describe('coming back after one was signed out', () => {
  const account = { id: '5', nick: 'ada', guest: false };
  const signedOut = (): Client => {
    const client = new Client({ room: 'dev' });
    client.act({ type: 'connection', connection: { name: 'online', you: account, limits: DEFAULT_LIMITS }, now: NOW });
    client
      .opened('dev')
      .type('a secret')
      .act(listOf(room('lobby'), room('ops')))
      .press('alt+2')
      .opened('ops');
    client.type('another');
    const refused: ConnectionState = { name: 'refused', code: 'unauthorized', message: 'Your password was changed.' };
    return client.act({ type: 'connection', connection: refused, now: NOW });
  };
  const enters = (client: Client, who: typeof account): Client =>
    client.act({ type: 'connection', connection: { name: 'online', you: who, limits: DEFAULT_LIMITS }, now: NOW });

  it('finds the room and what was being written', () => {
    const client = enters(signedOut(), account);
    expect(client.chat.active).toBe('ops');
    expect(client.draft).toBe('another');
  });

  it('as someone else finds nothing of it', () => {
    for (const who of [you, { ...account, id: '6' }]) {
      const client = enters(signedOut(), who);
      expect(client.chat.active).toBe('dev');
      expect([...client.chat.drafts]).toEqual([]);
    }
  });
});

describe('drafts', () => {
  const written = (): Client => {
    const client = inLobby().enter('/pm zoe').type('not yet a room').press('alt+1').type('one');
    return client.press('alt+2').opened('dev').type('two').press('alt+1').type(' more');
  };

  it('are saved of all rooms, those that were changed last first', () => {
    const client = written();
    const drafts = [{ room: 'dev', text: 'two' }];
    expect(draftsToSave(client.chat)).toEqual({ draft: 'one more', drafts });
    expect(draftsToSave(client.press('alt+3').chat)).toEqual({
      drafts: [
        { room: 'lobby', text: 'one more' },
        { room: 'dev', text: 'two' },
      ],
    });
  });

  it('are found again in the rooms that they were written in, whichever one is opened', () => {
    const drafts = new Map([['lobby', draftOf('for the lobby')]]);
    const client = new Client({ hosted: true, restores: true, room: 'dev' });
    client.act({ type: 'session.found', you, room: 'dev', anchor: undefined, drafts });
    client.act({ type: 'connection', connection: online, now: NOW }, listOf(room('dev'), room('lobby'))).opened('dev');
    expect(client.draft).toBe('');
    expect(client.press('alt+1').draft).toBe('for the lobby');
  });
});

describe('a glimpse of a room', () => {
  it('is for those who come by a link, or back, and are not asked anything on the way', () => {
    const server = 'http://parley.test';
    expect(glimpsableRoom(comingByLink().state)).toEqual({ server, room: 'dev' });
    expect(glimpsableRoom(comingByLink({ room: 'DEV' }).state)).toEqual({ server, room: 'dev' });
    expect(glimpsableRoom(comingByLink({ room: undefined }).state)).toEqual({ server, room: 'lobby' });
    const back = comingByLink({ restores: true });
    expect(glimpsableRoom(back.state)).toBeUndefined();
    back.act({ type: 'session.found', you, room: 'ops', drafts: new Map(), anchor: undefined });
    expect(glimpsableRoom(back.state)).toEqual({ server, room: 'ops' });
    const scrolledBack = comingByLink({ restores: true });
    scrolledBack.act({ type: 'session.found', you, room: 'ops', drafts: new Map(), anchor: 7 });
    expect(glimpsableRoom(scrolledBack.state)).toBeUndefined();
    const byForm = new Client().enter('ada');
    expect(glimpsableRoom(byForm.state)).toBeUndefined();
    expect(byForm.act({ type: 'glimpsed', glimpse }).state.stage.name).toBe('welcome');
  });

  it('shows what others see, asks nothing, and reads nothing', () => {
    const client = withGlimpse();
    expect(client.effects).toEqual([]);
    expect(client.chat).toMatchObject({ entering: true, active: 'dev', you: { nick: 'ada' }, rooms: [glimpse.room] });
    expect(shown(client)).toMatchObject({ load: 'loading', members: [bob], log: { lastSeq: 2 } });
  });

  it('gives way to the room itself, in place', () => {
    const client = withGlimpse().act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toEqual([{ do: 'open-room', room: 'dev', password: undefined }]);
    expect(client.chat).toMatchObject({ entering: false, you });
    // One is not in it yet, and it stays in its place.
    client.act({ type: 'rooms', rooms: new Map([['lobby', room('lobby')]]) });
    expect(client.chat.rooms.map((each) => each.room)).toEqual(['lobby', 'dev']);
    client.opened('dev', { lastSeq: 3, readSeq: 3 }, [inDev(2), inDev(3)]);
    expect(shown(client)).toMatchObject({ load: 'ready', glimpse: undefined, members: [you], log: { lastSeq: 3 } });
    client.act({ type: 'rooms', rooms: new Map([['lobby', room('lobby')]]) });
    expect(client.chat.rooms.map((each) => each.room)).toEqual(['lobby']);
  });

  it('takes what is typed, and sends it once the room is open', () => {
    const client = withGlimpse().enter('hello');
    expect(client.effects).toEqual([]);
    expect(client.draft).toBe('hello');
    client.act({ type: 'connection', connection: online, now: NOW });
    client.opened('dev', { lastSeq: 2, readSeq: 2 }, [inDev(2)]);
    expect(client.effects).toContainEqual({ do: 'send', room: 'dev', text: 'hello' });
  });

  it('goes back to the form with the draft when the nick is taken', () => {
    const client = withGlimpse().type('half a');
    const refused: ConnectionState = { name: 'refused', code: 'nick_taken', message: 'taken' };
    client.act({ type: 'connection', connection: refused, now: NOW });
    expect(client.state.stage).toMatchObject({
      name: 'welcome',
      progress: {
        name: 'failed',
        words: 'ada is taken here. Take another, or sign in. A guest’s is soon free again.',
      },
    });
    // Whoever goes on writing has not chosen a nick by that.
    expect(client.enter('nd the rest').effects).toEqual([]);
    client.press('ctrl+u').enter('eve').act({ type: 'connection', connection: online, now: NOW });
    expect(client.chat).toMatchObject({ active: 'dev', you });
    expect(client.draft).toBe('half a');
  });

  it('goes on with the page that the room is opened with, which may be one run of members', () => {
    const client = withGlimpse().act({ type: 'connection', connection: online, now: NOW });
    const comes = (seq: number) => ({ ...inDev(seq), type: 'member.joined' as const });
    const opened = { room: room('dev', { lastSeq: 52 }), members: [], total: 51, more: true };
    const events = Array.from({ length: 50 }, (_, index) => comes(3 + index));
    client.act({ type: 'room.opened', opened: { ...opened, events }, fresh: true });
    const log = shown(client)?.log;
    expect(log).toMatchObject({ firstSeq: 1, lastSeq: 52, more: false });
    expect(log?.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('is not gone on with where something is missing between it and the page', () => {
    const client = withGlimpse().act({ type: 'connection', connection: online, now: NOW });
    client.opened('dev', { lastSeq: 5 }, [inDev(4), inDev(5)]);
    expect(shown(client)?.log.events.map(({ seq }) => seq)).toEqual([4, 5]);
  });

  it('notifies of nothing that was there before one came back', () => {
    const direct = room('@7', { kind: 'direct', with: { id: '2', nick: 'bob' }, unread: 3, lastSeq: 3 });
    const client = backIn('dev').act({ type: 'glimpsed', glimpse });
    client.act({ type: 'connection', connection: online, now: NOW });
    client.act(listOf(room('lobby'), room('dev'), direct));
    expect(client.effects).not.toContainEqual(expect.objectContaining({ do: 'notify' }));
    client.act(listOf(room('lobby'), room('dev'), { ...direct, unread: 4 }));
    expect(client.effects).toContainEqual(expect.objectContaining({ do: 'notify' }));
  });

  it('keeps the draft of a room that was asked for in another spelling', () => {
    expect(backIn('Dev', 'half a').act({ type: 'glimpsed', glimpse }).draft).toBe('half a');
  });

  it('is no room to speak in from afar, and says what is to be said once', () => {
    const client = withGlimpse();
    expect(client.enter('/say dev hello').effects).toEqual([]);
    expect(client.chat.toast?.words).toContain('#dev is still opening');
    client.act({ type: 'noted', tone: 'plain', words: 'A word.', keep: true, now: NOW });
    expect(shown(client)?.notes.map(({ words }) => words)).toEqual(['A word.']);
    expect(client.chat.toast?.words).not.toBe('A word.');
  });

  it('is gone when the room can not be opened after all', () => {
    const client = withGlimpse().act({ type: 'connection', connection: online, now: NOW });
    client.act({ type: 'rooms', rooms: new Map([['lobby', room('lobby')]]) });
    client.act({ type: 'room.refused', room: 'dev', code: 'room_not_found', words: 'There is no dev.' });
    expect(client.chat.active).toBe('lobby');
    expect(client.chat.rooms.map((each) => each.room)).toEqual(['lobby']);
    expect(client.chat.open.has('dev')).toBe(false);
  });
});
