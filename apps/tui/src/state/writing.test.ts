/** Writing in the composer: its keys, its drafts, what is called back and completed. How Enter takes odd texts: composer.test.ts. */
import type { ConnectionState } from '@parley/client';
import { describe, expect, it } from 'vitest';
import { Client, inLobby, message, NOW, online } from '../../test/acting-client.ts';
import { currentDraft } from './room-drafts.ts';

describe('writing', () => {
  it('sends with Enter and empties the composer', () => {
    const client = inLobby().enter('hello');
    expect(client.effects).toContainEqual({ do: 'send', room: 'lobby', text: 'hello' });
    expect(client.draft).toBe('');
  });

  it('starts a new line with Shift+Enter, Alt+Enter and Ctrl+J', () => {
    const client = inLobby().type('a').press('shift+enter').type('b').press('alt+enter').type('c').press('ctrl+j');
    expect(client.type('d').draft).toBe('a\nb\nc\nd');
  });

  it('keeps a paste of many lines as one message', () => {
    const client = inLobby();
    const input = { type: 'paste', text: 'one\ntwo\nthree\n', truncated: false } as const;
    client.act({ type: 'input', input, now: NOW }).press('enter');
    expect(client.effects).toContainEqual({ do: 'send', room: 'lobby', text: 'one\ntwo\nthree' });
  });

  it('says that a message is too long and keeps it', () => {
    const client = inLobby().enter('ä'.repeat(1100));
    expect(client.chat.toast).toMatchObject({ tone: 'bad', words: expect.stringContaining('152 bytes too long') });
    expect(client.draft).toHaveLength(1100);
    expect(client.effects).not.toContainEqual(expect.objectContaining({ do: 'send' }));
  });

  it('keeps a draft for each room', () => {
    const client = inLobby().type('for the lobby').press('alt+down').opened('dev');
    expect(client.draft).toBe('');
    client.type('for dev').press('alt+up');
    expect(client.draft).toBe('for the lobby');
  });

  it('walks through what was sent with Up and Down, and comes back to the draft', () => {
    const client = inLobby().enter('first').enter('second').type('draft');
    expect(client.press('up').draft).toBe('second');
    expect(client.press('up', 'up').draft).toBe('first');
    expect(client.press('down', 'down').draft).toBe('draft');
  });

  it('finds with Up what was being written when another line was called back, and that one was changed or sent', () => {
    const client = inLobby().enter('first').enter('second').type('draft').press('up');
    expect(client.type('!').draft).toBe('second!');
    expect(client.press('up').draft).toBe('draft');
    expect(client.press('down').draft).toBe('second!');
    const sent = inLobby().enter('first').type('draft').press('up', 'enter');
    expect(sent.effects).toContainEqual({ do: 'send', room: 'lobby', text: 'first' });
    expect(sent.press('up').draft).toBe('draft');
    expect(sent.press('up').draft).toBe('first');
  });

  it('is back at the draft, not at a line that was called back, when one comes back to the room', () => {
    const client = inLobby().enter('first').type('draft').press('up', 'alt+down').opened('dev');
    expect(client.press('alt+up').draft).toBe('draft');
    const refused: ConnectionState = { name: 'refused', code: 'nick_taken', message: 'taken' };
    client.press('up').act({ type: 'connection', connection: refused, now: NOW });
    expect(client.act({ type: 'connection', connection: online, now: NOW }).draft).toBe('draft');
  });

  it('moves between rows before it walks through what was sent', () => {
    const client = inLobby().enter('sent').type('one\ntwo').press('up');
    expect(client.draft).toBe('one\ntwo');
    expect(client.press('up').draft).toBe('sent');
  });

  it('does not remember lines that may hold a password', () => {
    for (const line of ['/join den secret', '/create den password secret', '/create den password']) {
      expect(inLobby().enter(line).chat.entered).toEqual([]);
    }
    expect(inLobby().enter('/join den').chat.entered).toEqual([{ room: 'lobby', text: '/join den' }]);
  });

  it('offers what was written in a room nowhere else', () => {
    const client = inLobby().enter('for all').press('alt+down').opened('dev').enter('for dev');
    expect(client.press('up').draft).toBe('for dev');
    expect(client.press('up').draft).toBe('for dev');
    client.press('down', 'alt+up');
    expect(client.press('up').draft).toBe('for all');
  });

  it('completes a nick, then the next one, and takes it back with Esc', () => {
    const client = inLobby();
    const from = { id: '3', nick: 'bert' };
    client.act({ type: 'events', events: [message(3, 'x', { from })], now: NOW });
    client.act({ type: 'members', room: 'lobby', members: [{ ...from, guest: true, online: true }], total: 1 });
    expect(client.type('b').press('tab').draft).toBe('bert: ');
    expect(client.press('tab').draft).toBe('bob: ');
    expect(client.press('shift+tab').draft).toBe('bert: ');
    expect(client.press('escape').draft).toBe('b');
  });

  it('completes who is here, under the nick of today, before who is gone', () => {
    const client = inLobby();
    const said = [
      message(3, 'x', { from: { id: '4', nick: 'bea' } }),
      message(4, 'x', { from: { id: '3', nick: 'bo' } }),
    ];
    client.act({ type: 'events', events: said, now: NOW });
    const members = [{ id: '3', nick: 'bert', guest: true, online: true }];
    client.act({ type: 'members', room: 'lobby', members, total: 1 });
    const offered = [client.type('b').press('tab').draft, client.press('tab').draft, client.press('tab').draft];
    expect(offered).toEqual(['bert: ', 'bob: ', 'bea: ']);
  });

  it('undoes with Ctrl+_, and with Ctrl+Z in a browser: elsewhere that goes back to the shell, from wherever one is', () => {
    expect(inLobby().type('hello').press('ctrl+u', 'ctrl+_').draft).toBe('hello');
    const hosted = inLobby({ hosted: true }).type('hello').press('ctrl+u', 'ctrl+z');
    expect([hosted.draft, hosted.effects]).toEqual(['hello', []]);
    for (const client of [new Client(), inLobby(), inLobby().type('hello'), inLobby().press('f1')]) {
      const before = client.state;
      expect(client.press('ctrl+z').effects).toEqual([{ do: 'suspend' }]);
      expect(client.state).toEqual(before);
    }
  });

  it('goes to the start and the end of a long draft with Ctrl+Home and Ctrl+End, and from there to the oldest and newest message', () => {
    const client = inLobby().type('one').press('ctrl+j').type('two').press('left');
    const pressed = (chord: string): unknown[] => [client.press(chord).effects, currentDraft(client.chat).cursor];
    const scrolls = (to: string): unknown => [{ do: 'scroll', move: { to } }];
    expect(pressed('ctrl+end')).toEqual([[], 7]);
    expect(pressed('ctrl+end')).toEqual([scrolls('last'), 7]);
    expect(pressed('ctrl+home')).toEqual([[], 0]);
    expect(pressed('ctrl+home')).toEqual([scrolls('first'), 0]);
  });

  it('tells others that it types, not more than every three seconds', () => {
    const client = inLobby();
    expect(client.type('h').effects).toEqual([{ do: 'say-typing', room: 'lobby' }]);
    expect(client.type('i').effects).toEqual([]);
    client.act({ type: 'ticked', now: NOW + 3000 });
    expect(client.type('!').effects).toEqual([{ do: 'say-typing', room: 'lobby' }]);
    expect(inLobby().type('/').effects).toEqual([]);
  });

  it('puts the cursor where the composer is clicked', () => {
    const client = inLobby().type('hello');
    client.click(22 + 3 + 1, 28).type('X');
    expect(client.draft).toBe('hXello');
  });
});
