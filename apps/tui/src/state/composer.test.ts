/** What is written in the composer arrives as it was meant: nothing of it is swallowed, and nothing is sent that was not. */
import { describe, expect, it } from 'vitest';
import { type Client, inLobby, listOf, NOW, room } from '../../test/acting-client.ts';
import type { ListPopupRow } from './state.ts';

const later = (client: Client, ms: number): Client => client.act({ type: 'ticked', now: client.state.now + ms });
const paste = (client: Client, text: string): Client =>
  client.act({ type: 'input', input: { type: 'paste', text, truncated: false }, now: client.state.now });
const sentBy = (client: Client): string[] =>
  client.effects.flatMap((effect) => (effect.do === 'send' ? [effect.text] : []));

describe('a message that begins with a question mark', () => {
  it.each([['what do you mean'], ['?'], ['!'], ['quoi'], ['/x']])(
    'closes the help with what follows it: ?%s',
    (text) => {
      const client = inLobby().type('?');
      expect(client.popup).toBe('help');
      for (const character of text) client.type(character);
      expect([client.popup, client.draft]).toEqual([undefined, `?${text}`]);
      expect(sentBy(client.press('enter'))).toEqual([`?${text}`]);
    },
  );

  it('may be a pasted word, and the question mark alone', () => {
    expect(paste(inLobby().type('?'), 'what\nnow').draft).toBe('?what\nnow');
    const alone = inLobby().type('?').press('enter');
    expect([alone.popup, alone.draft, sentBy(alone)]).toEqual([undefined, '?', []]);
    expect(sentBy(alone.press('enter'))).toEqual(['?']);
  });

  it('is none for who reads the help: what they write then is what they write, and ? and q close it', () => {
    expect(later(inLobby().type('?'), 5000).type('/join').draft).toBe('/join');
    expect(inLobby().type('?').press('pagedown').type('hello').draft).toBe('hello');
    for (const key of ['?', 'q']) {
      const client = inLobby().press('f1').type(key);
      expect([client.popup, client.draft]).toEqual([undefined, '']);
    }
    for (const key of ['escape', 'backspace', 'f1']) {
      const client = inLobby().type('?').press(key);
      expect([client.popup, client.draft]).toEqual([undefined, '']);
    }
    expect(inLobby().type('one').press('f1').type(' two').draft).toBe('one two');
  });
});

describe('Alt with a character that means nothing', () => {
  it('is Esc and the character: a command stays one', () => {
    const client = inLobby().press('alt+/').type('pm nobody hi').press('enter');
    expect(sentBy(client)).toEqual([]);
    expect(client.effects).toContainEqual(expect.objectContaining({ do: 'open-direct', nick: 'nobody' }));
    expect(inLobby().press('alt+shift+h', 'alt+space', 'alt+é', 'alt+0').draft).toBe('H é0');
  });

  it('does what Esc does to a popup, a completion and the place in the messages, and never leads out', () => {
    const help = inLobby().press('f1', 'alt+/');
    expect([help.popup, help.draft]).toEqual([undefined, '/']);
    expect(inLobby().type('/le').press('tab').draft).toBe('/leave ');
    expect(inLobby().type('/l').press('tab', 'alt+x').draft).toBe('/lx');
    const back = inLobby().viewport(false).press('alt+x');
    expect(back.effects).toContainEqual({ do: 'scroll', move: { to: 'last' } });
    const asked = inLobby().press('escape', 'alt+y');
    expect([asked.popup, asked.draft]).toEqual([undefined, 'y']);
  });

  it('leaves alone what means something, also where there is nothing to do', () => {
    const client = inLobby().type('one two').press('alt+b', 'alt+z', 'alt+f', 'alt+d', 'alt+9', 'alt+u', 'alt+enter');
    expect(client.draft).toBe('one two\n');
    expect(inLobby().press('ctrl+alt+x').draft).toBe('');
  });
});

describe('empty lines', () => {
  it('before a message are not sent, the spaces of its first line are', () => {
    expect(sentBy(inLobby().press('alt+enter').type('text').press('enter'))).toEqual(['text']);
    expect(sentBy(paste(inLobby(), '\n \n  if x:\n    y\n').press('enter'))).toEqual(['  if x:\n    y']);
  });

  it('before a command don’t make a message of it', () => {
    const client = inLobby().press('alt+enter').type('/pm bob a secret').press('enter');
    expect([sentBy(client), client.chat.active]).toEqual([[], '@ bob']);
  });
});

describe('a text that is too long for a message', () => {
  const line = `${'word '.repeat(59)}end.`;
  const long = Array.from({ length: 10 }, (_, index) => `${index} ${line}`).join('\n');

  it('is offered in parts, and sent so by a second Enter', () => {
    const client = paste(inLobby(), long).press('enter');
    expect([sentBy(client), client.chat.toast?.words]).toEqual([
      [],
      '971 bytes too long for a message. Enter again sends it in 2.',
    ]);
    expect(later(client, 60_000).press('enter').draft).toBe('');
    const sent = sentBy(client);
    expect([sent.length, sent.join('\n')]).toEqual([2, long]);
    expect(client.press('up').draft).toBe(long);
  });

  it('is not sent by an Enter after it was changed, or in another room', () => {
    const client = paste(inLobby(), long).press('enter').type('!').press('enter');
    expect(sentBy(client)).toEqual([]);
    client.press('alt+down').opened('dev').press('alt+up', 'enter');
    expect(sentBy(client)).toEqual([]);
    expect(sentBy(client.press('enter'))).toHaveLength(2);
  });

  it('beyond ten parts is not sent', () => {
    const client = paste(inLobby(), '日本語'.repeat(5000)).press('enter', 'enter');
    expect(sentBy(client)).toEqual([]);
    expect(client.chat.toast?.words).toBe('Too long even for 10 messages. Alt+R deletes all of it.');
  });

  it('of a line is not offered: there is no composer that keeps it', () => {
    const client = inLobby().act({ type: 'line', text: 'x'.repeat(3000), now: NOW });
    expect(client.chat.toast?.words).toBe('This is 952 bytes too long for a message, which takes 2048.');
  });
});

describe('Alt+R', () => {
  it('deletes all that is written, and undo brings it back', () => {
    expect(paste(inLobby(), 'one\ntwo').press('up', 'alt+r').draft).toBe('');
    expect(paste(inLobby(), 'one\ntwo').press('up', 'alt+r', 'ctrl+_').draft).toBe('one\ntwo');
    expect(inLobby().enter('sent').press('up', 'alt+r', 'ctrl+_').draft).toBe('sent');
  });
});

describe('Tab after /join', () => {
  const row = (name: string): ListPopupRow => ({ label: `#${name}`, detail: '', faint: false, opens: { room: name } });
  const rows = [row('lobby'), row('dev'), row('den'), { ...row('@9'), label: '@dee' }];
  const listed = (client: Client): Client => client.act({ type: 'listed', of: 'rooms', rows, total: 4 });

  it('asks the server which rooms there are, and offers those that one is not in first', () => {
    const client = inLobby().type('/join de').press('tab', 'tab');
    expect([client.draft, client.effects]).toEqual(['/join de', [{ do: 'list', of: 'rooms' }]]);
    expect(listed(client).draft).toBe('/join den ');
    expect(client.press('tab').draft).toBe('/join dev ');
    expect(client.press('escape').draft).toBe('/join de');
    const again = client.press('tab');
    expect([again.draft, again.effects]).toEqual(['/join den ', []]);
    later(client, 11_000).press('escape', 'tab');
    expect(client.effects).toEqual([{ do: 'list', of: 'rooms' }]);
  });

  it('completes nothing that was changed meanwhile, and does without a list that does not come', () => {
    expect(listed(inLobby().type('/join d').press('tab').type('e')).draft).toBe('/join de');
    const client = inLobby().type('/join d').press('tab');
    client.act({ type: 'list.failed', of: 'rooms', words: 'No.' });
    expect(client.draft).toBe('/join dev ');
    const waiting = { name: 'waiting', retryAt: NOW + 2500, attempt: 1, reason: 'It was lost.' } as const;
    const offline = inLobby().act({ type: 'connection', connection: waiting, now: NOW }).type('/join d').press('tab');
    expect([offline.draft, offline.effects]).toEqual(['/join dev ', []]);
  });

  it('asks for no list where one’s own rooms are meant', () => {
    const client = inLobby().act(listOf(room('lobby'), room('dev')));
    expect(client.type('/leave d').press('tab').draft).toBe('/leave dev ');
    expect(client.effects).toEqual([]);
  });
});
