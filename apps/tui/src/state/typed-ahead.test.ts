import type { ConnectionState } from '@parley/client';
import { keyInput } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { Client, inLobby, listOf, message, NOW, online, room, you } from '../../test/acting-client.ts';
import type { Effect } from './effects.ts';

const inDev = (seq: number) => message(seq, `m${seq}`, { room: 'dev' });
const drafts = new Map([['dev', { text: 'half', cursor: 4 }]]);
const found = { type: 'session.found', you, room: 'dev', drafts, anchor: undefined } as const;
const rooms = listOf(room('lobby'), room('dev'));
const comingBack = (): Client => new Client({ hosted: true, restores: true });

/** Online and in its room; answers with all that was done since. */
function arrives(client: Client): readonly Effect[] {
  const { effects } = client.act({ type: 'connection', connection: online, now: NOW }, rooms);
  return [...effects, ...client.opened('dev', { lastSeq: 1, readSeq: 1 }, [inDev(1)]).effects];
}
const said = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.do === 'send' ? [`${effect.room}: ${effect.text}`] : []));

describe('what is typed while a session is being looked for', () => {
  it('is in the room that one comes back to, after what was there', () => {
    const client = comingBack().type(' a').act(found).type(' sentence');
    client.act({ type: 'input', input: { type: 'paste', text: ' more', truncated: false }, now: NOW });
    expect(said(arrives(client))).toEqual([]);
    expect(client.draft).toBe('half a sentence more');
    expect(client.press('backspace').draft).toBe('half a sentence mor');
  });

  it('is said in order, each Enter a message of its own, and goes on with what is typed later', () => {
    const client = comingBack().enter(' one').enter('two').act(found).type('thr');
    client.act({ type: 'connection', connection: online, now: NOW }, rooms);
    client.type('ee').press('enter').type('four');
    const { effects } = client.opened('dev', { lastSeq: 1, readSeq: 1 }, [inDev(1)]);
    expect(said(effects)).toEqual(['dev: half one', 'dev: two', 'dev: three']);
    expect(client.draft).toBe('four');
  });

  it('finds the rooms that it is about', () => {
    const client = comingBack().act(found).press('alt+1').type('hello');
    arrives(client);
    expect(client.chat.active).toBe('lobby');
    expect(client.draft).toBe('hello');
  });

  it('is never said where one did not mean it', () => {
    const client = comingBack().enter(' one').enter('two').act(found);
    client.act({ type: 'connection', connection: online, now: NOW }, rooms);
    client.act({ type: 'room.refused', room: 'dev', code: 'room_not_found', words: 'It is gone.' });
    expect(said(client.opened('lobby').effects)).toEqual([]);
    expect(client.chat.active).toBe('lobby');
    expect(client.draft).toBe('half one\ntwo\n');
  });

  it.each([
    ['looked up', 'up'],
    ['completed', 'tab'],
  ])('does not lend its Enter to what is only %s meanwhile', (_how, key) => {
    const client = inLobby();
    client.press('alt+2');
    client.enter('/bell');
    client.enter('hello bo');
    client.press(key);
    const { effects } = client.opened('dev');
    expect(effects.filter((effect) => effect.do === 'send')).toEqual([]);
  });

  it('is what it was when its person types straight on: an Enter that waits is not undone', () => {
    const client = comingBack().enter(' one').act(found);
    client.act({ type: 'connection', connection: online, now: NOW }, rooms);
    client.type('two').press('enter').type('three');
    expect(said(client.opened('dev', { lastSeq: 1, readSeq: 1 }, [inDev(1)]).effects)).toEqual([
      'dev: half one',
      'dev: two',
    ]);
    expect(client.draft).toBe('three');
  });

  it.each([
    ['a key', (client: Client) => client.press('alt+1')],
    ['a click', (client: Client) => client.click(2, 1)],
  ])('stays in its room, unsent, when %s leads elsewhere before that has opened', (_, leave) => {
    const client = comingBack().enter(' one').enter('secret').act(found);
    client.act({ type: 'connection', connection: online, now: NOW }, rooms);
    leave(client);
    expect(client.chat.active).toBe('lobby');
    expect(said(client.opened('lobby').effects)).toEqual([]);
    expect(client.draft).toBe('');
    client.type('here').press('enter');
    expect(said(client.effects)).toEqual(['lobby: here']);
    expect(said(client.opened('dev').press('alt+2').effects)).toEqual([]);
    expect(client.draft).toBe('half one\nsecret\n');
  });

  it('leaves the keys that have nothing to do with it as they are', () => {
    const client = comingBack().enter(' one').enter('two').act(found);
    client.act({ type: 'connection', connection: online, now: NOW }, rooms);
    expect(client.press('ctrl+l').effects).toMatchObject([{ do: 'repaint' }]);
    expect(said(client.opened('dev', { lastSeq: 1, readSeq: 1 }, [inDev(1)]).effects)).toEqual([
      'dev: half one',
      'dev: two',
    ]);
  });

  it('is for a link’s room, too, and not for the form', () => {
    const link = new Client({ hosted: true, nick: 'ada', room: 'dev' }).enter('hello');
    expect(said(arrives(link))).toEqual(['dev: hello']);
    const missing = comingBack().type('hello').act({ type: 'session.missing' });
    missing.enter('eve').act({ type: 'connection', connection: online, now: NOW }, rooms);
    expect(missing.draft).toBe('');
    const taken = new Client({ hosted: true, nick: 'ada', room: 'dev' }).type('hello');
    const refused: ConnectionState = { name: 'refused', code: 'nick_taken', message: 'taken' };
    taken.act({ type: 'connection', connection: refused, now: NOW });
    expect(taken.enter('2').effects).toMatchObject([{ do: 'enter', entrance: { nick: 'ada2' } }]);
  });

  it('is kept within bounds, its beginning first', () => {
    const client = comingBack();
    for (let count = 0; count < 600; count++) client.type('x');
    const long = comingBack();
    const paste = { type: 'paste', text: 'y'.repeat(20_000), truncated: false } as const;
    long.act({ type: 'input', input: paste, now: NOW }).type('z');
    for (const each of [client, long]) arrives(each.act({ ...found, drafts: new Map() }));
    expect([client.draft.length, long.draft.length]).toEqual([500, 16 * 1024]);
    expect(long.chat.toast?.words).toContain('too much to paste');
  });
});

describe('Esc while a session is being looked for', () => {
  const escapeAt = (client: Client, now: number): Client =>
    client.act({ type: 'input', input: keyInput('escape', { ctrl: false, alt: false, shift: false }), now });

  it('does not end the coming back of someone who types on', () => {
    const client = escapeAt(comingBack().type(' a'), NOW + 100);
    expect(client.effects).toEqual([]);
    arrives(client.act(found).type('b'));
    expect(client.draft).toBe('half ab');
  });

  it('leads to the form once one has seen the search for a while', () => {
    const client = escapeAt(comingBack().type('a'), NOW + 5000);
    expect(client.effects).toEqual([{ do: 'stop-entering' }]);
    expect(client.state.stage).toMatchObject({ name: 'welcome', progress: { name: 'ready' }, ahead: undefined });
  });
});
