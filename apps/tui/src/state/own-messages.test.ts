/** What /edit and /delete change: one's own last message here, and no other. */
import type { RoomEvent } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { type Client, inLobby, message, NOW, you } from '../../test/acting-client.ts';
import type { Effect } from './effects.ts';

const says = (client: Client, ...events: readonly RoomEvent[]): Client =>
  client.act({ type: 'events', events, now: NOW });
const mine = (seq: number, text: string) => message(seq, text, { from: you });
const at = new Date(NOW).toISOString();
const deleted = (seq: number, target: number): RoomEvent => ({
  type: 'message.deleted',
  room: 'lobby',
  seq,
  at,
  from: you,
  target,
});

/** Where one has said two things, and bob something since. */
const inTalk = (): Client => says(inLobby(), mine(3, 'first'), mine(4, 'teh\ntea'), message(5, 'from bob'));

const changes = (client: Client): readonly Effect[] =>
  client.effects.filter((effect) => effect.do === 'edit-message' || effect.do === 'delete-message');

describe('/edit', () => {
  it('gives one’s own last message another text, of several lines too', () => {
    expect(changes(inTalk().enter('/edit the tea'))).toEqual([
      { do: 'edit-message', room: 'lobby', seq: 4, text: 'the tea' },
    ]);
    const lines = inTalk().type('/edit the').press('alt+enter').type('tea').press('enter');
    expect(changes(lines)).toMatchObject([{ text: 'the\ntea' }]);
  });

  it('without a text brings it back to the composer', () => {
    const client = inTalk().enter('/edit');
    expect([client.draft, changes(client)]).toEqual(['/edit teh\ntea', []]);
    expect(client.chat.toast?.words).toBe('Enter saves what you change.');
    expect(changes(client.press('backspace').type('x').press('enter'))).toMatchObject([{ seq: 4, text: 'teh\ntex' }]);
    expect([client.draft, client.chat.toast]).toEqual(['', undefined]);
  });

  it('changes the message that it brought back, whatever was said since, and none that was deleted since', () => {
    const client = says(inTalk().enter('/edit'), mine(6, 'from another tab'));
    client.press('backspace').type('x');
    expect(changes(says(client, message(7)).press('enter'))).toMatchObject([{ seq: 4, text: 'teh\ntex' }]);
    const late = says(inTalk().enter('/edit'), deleted(6, 4)).press('enter');
    expect([changes(late), late.draft]).toEqual([[], '/edit teh\ntea']);
    expect(late.chat.toast?.words).toBe('This message was deleted meanwhile.');
    // Written anew, it is for the last one.
    expect(changes(late.press('alt+r').enter('/edit other'))).toMatchObject([{ seq: 3, text: 'other' }]);
  });

  it('keeps the spaces that lines begin with', () => {
    const client = says(inLobby(), mine(3, '    indented\n  text')).enter('/edit');
    expect(client.draft).toBe('/edit     indented\n  text');
    expect(changes(client.press('enter'))).toMatchObject([{ text: '    indented\n  text' }]);
    expect(inTalk().enter('/edit   ').draft).toBe('/edit teh\ntea');
  });

  it('keeps in the composer what can’t be saved: too much, or without a connection', () => {
    const long = `/edit ${'x'.repeat(2049)}`;
    const client = inTalk().enter(long);
    expect([changes(client), client.draft]).toEqual([[], long]);
    expect(client.chat.toast?.words).toBe('This is 1 byte too long for a message, which takes 2048.');
    const connection = { name: 'waiting', retryAt: NOW + 2500, attempt: 1, reason: 'It was lost.' } as const;
    const offline = inTalk().act({ type: 'connection', connection, now: NOW }).enter('/edit x');
    expect([changes(offline), offline.draft]).toEqual([[], '/edit x']);
  });

  it('without a text is a question to a line: there is no composer', () => {
    const client = inTalk().act({ type: 'line', text: '/edit', now: NOW });
    expect([client.draft, client.chat.toast?.words]).toEqual(['', 'What should it say? /edit <text>']);
  });

  it('changes nothing while what one said last is on its way, or was not sent', () => {
    const client = inTalk();
    const pend = (state: 'sending' | 'failed') =>
      client.act({ type: 'pending', room: 'lobby', pending: [{ cid: 'x', text: 'third', state, words: '' }] });
    expect(changes(pend('sending').enter('/edit other'))).toEqual([]);
    expect(client.chat.toast?.words).toBe('Your last message is still on its way: try again in a moment.');
    expect(changes(pend('failed').enter('/delete'))).toEqual([]);
    expect(client.chat.toast?.words).toBe('Your last message was not sent: /discard drops it.');
  });

  it('says so where none of the newest messages is one’s own', () => {
    const client = inLobby().enter('/edit x');
    expect([changes(client), client.chat.toast?.words]).toEqual([[], 'None of the newest messages here is yours.']);
  });

  it('finds the newest also while one reads older ones', () => {
    const client = inTalk().viewport(false);
    expect(changes(says(client, mine(6, 'newest')).enter('/edit x'))).toMatchObject([{ seq: 6 }]);
  });
});

describe('/delete', () => {
  it('deletes one’s own last message, and then the one before it', () => {
    const client = inTalk();
    expect(changes(client.enter('/delete'))).toEqual([{ do: 'delete-message', room: 'lobby', seq: 4 }]);
    says(client, deleted(6, 4));
    expect(changes(client.enter('/del'))).toEqual([{ do: 'delete-message', room: 'lobby', seq: 3 }]);
    says(client, deleted(7, 3));
    expect(changes(client.enter('/delete'))).toEqual([]);
  });

  it('takes nothing that seems to say which one', () => {
    const client = inTalk().enter('/delete that');
    expect([changes(client), client.draft]).toEqual([[], '/delete that']);
  });
});
