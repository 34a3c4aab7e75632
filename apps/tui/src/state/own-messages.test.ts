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
    expect(client.draft).toBe('');
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
