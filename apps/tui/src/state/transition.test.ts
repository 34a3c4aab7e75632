import type { ConnectionState } from '@parley/client';
import { DEFAULT_LIMITS } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { Client, inLobby, listOf, message, NOW, online, room, you } from '../../test/acting-client.ts';
import { placeList } from '../layout/popup-layout.ts';
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

describe('Enter while a room is still opening', () => {
  it('sends once it is open', () => {
    const client = inLobby().press('alt+2').enter('hello');
    expect(client.effects.map((effect) => effect.do)).not.toContain('send');
    expect(client.draft).toBe('hello');
    client.opened('dev');
    expect(client.effects).toContainEqual({ do: 'send', room: 'dev', text: 'hello' });
    expect(client.draft).toBe('');
  });

  it('sends nothing when one has gone on writing, or gone elsewhere', () => {
    expect(inLobby().press('alt+2').enter('hello').type(' you').opened('dev').draft).toBe('hello you');
    const away = inLobby().press('alt+2').enter('hello').press('alt+1').opened('dev');
    expect(away.effects.map((effect) => effect.do)).not.toContain('send');
    expect(away.press('alt+2').draft).toBe('hello');
  });
});

describe('a room that is asked for in another spelling', () => {
  it('gets what was written before it was open', () => {
    const client = inLobby().enter('/join DEN').enter('hello').opened('den');
    expect(client.effects).toContainEqual({ do: 'send', room: 'den', text: 'hello' });
    expect(inLobby().enter('/join DEN').type('hello').opened('den').draft).toBe('hello');
    const away = inLobby().enter('/join DEN').type('hello').press('alt+1').opened('den');
    expect(away.enter('/join den').draft).toBe('hello');
  });
});

describe('Esc', () => {
  it('steps back: popup, newest message, question, and never loses the draft', () => {
    const client = inLobby().type('draft').press('f1');
    expect(client.popup).toBe('help');
    client.press('escape').viewport(false);
    expect(client.popup).toBeUndefined();
    expect(client.press('escape').effects).toEqual([{ do: 'scroll', move: { to: 'last' } }]);
    client.viewport(true).press('escape');
    expect(client.chat.toast?.words).toContain('Esc once more');
    expect(client.press('escape').popup).toBe('leave');
    expect(client.press('escape').popup).toBeUndefined();
    expect(client.draft).toBe('draft');
    expect(client.press('escape', 'escape', 'enter').effects).toEqual([{ do: 'exit' }]);
  });

  it('asks anew after another key', () => {
    expect(inLobby().press('escape').type('x').press('escape').popup).toBeUndefined();
  });
});

describe('the help', () => {
  it('opens with F1, /help, and ? in an empty composer only', () => {
    expect(inLobby().press('f1').popup).toBe('help');
    expect(inLobby().enter('/help').popup).toBe('help');
    expect(inLobby().type('?').popup).toBe('help');
    expect(inLobby().type('what').type('?').draft).toBe('what?');
  });

  it('scrolls, and no further than its end', () => {
    const client = inLobby().press('f1', 'end');
    const { top } = client.chat.popup as { top: number };
    expect(top).toBeGreaterThan(0);
    expect(client.press('pagedown').chat.popup).toMatchObject({ top });
    expect(client.press('home').chat.popup).toMatchObject({ top: 0 });
  });
});

describe('the words of a command', () => {
  it('say what became of a message to another room, and what will where there is no connection', () => {
    expect(inLobby().enter('/say dev hello').chat.toast).toMatchObject({ words: 'Said in #dev.', tone: 'good' });
    const reason = 'It was lost.';
    const client = inLobby();
    client.act({
      type: 'connection',
      connection: { name: 'waiting', retryAt: NOW + 2500, attempt: 1, reason },
      now: NOW,
    });
    client.enter('/say dev hello');
    expect(client.effects).toContainEqual({ do: 'send', room: 'dev', text: 'hello' });
    expect(client.chat.toast).toMatchObject({ words: 'Not connected: it will be said in #dev.', tone: 'plain' });
  });

  it('are seen by whoever has scrolled back', () => {
    const words = 'This room has no topic. /topic <text> sets one.';
    expect(inLobby().viewport(false).enter('/topic').chat.toast?.words).toBe(words);
    // Below the messages where those are seen to their end.
    const client = inLobby().enter('/topic');
    expect(client.chat.toast).toBeUndefined();
    expect(client.chat.open.get('lobby')?.notes.map((note) => note.words)).toEqual([words]);
  });

  it('are one answer to a theme for lines, which have none', () => {
    const client = inLobby().act({ type: 'line', text: '/theme dark', now: NOW });
    expect(client.chat.toast?.words).toBe('Lines have the terminal’s colours.');
    expect(client.effects).toEqual([]);
  });
});

describe('rooms', () => {
  it('are listed lobby first, direct ones last', () => {
    expect(inLobby().chat.rooms.map((each) => each.room)).toEqual(['lobby', 'dev', '@7']);
  });

  it('are switched with Alt+Down, Alt+Up, Alt+2 and a click', () => {
    expect(inLobby().press('alt+down').chat.active).toBe('dev');
    expect(inLobby().press('alt+up').chat.active).toBe('@7');
    expect(inLobby().press('alt+2').chat.active).toBe('dev');
    expect(inLobby().click(3, 2).chat.active).toBe('dev');
    expect(inLobby().click(3, 0).chat.active).toBe('lobby');
  });

  it('are found by name with Ctrl+P', () => {
    const client = inLobby().press('ctrl+p').type('bo').press('enter');
    expect(client.chat.active).toBe('@7');
    expect(client.popup).toBeUndefined();
  });

  it('are chosen from a list by the left button alone', () => {
    const client = inLobby().press('ctrl+p');
    const { list } = placeList(client.state.size, 2);
    client.click(list.x, list.y, 'right').click(list.x, list.y, 'middle').click(0, 0, 'right');
    expect([client.popup, client.chat.active]).toEqual(['list', 'lobby']);
    client.click(list.x, list.y);
    expect([client.popup, client.chat.active]).toEqual([undefined, 'dev']);
  });

  it('go back to where one was when one can’t be opened', () => {
    const client = inLobby().enter('/join nowhere');
    expect(client.chat.active).toBe('nowhere');
    const words = 'There is no room called nowhere.';
    client.act({ type: 'room.refused', room: 'nowhere', code: 'room_not_found', words });
    expect(client.chat.active).toBe('lobby');
    expect(client.chat.open.get('lobby')?.notes.at(-1)?.words).toBe(
      `${words} /create nowhere makes one, if the name is free.`,
    );
    expect(client.chat.open.has('nowhere')).toBe(false);
  });

  it('are not made where there is one of the name, which may be open to one', () => {
    const client = inLobby().enter('/create den');
    client.act({ type: 'room.refused', room: 'den', code: 'room_exists', words: 'The name den is taken.' });
    const words = 'The name den is taken. /join den goes there, if you may come in.';
    expect(client.chat.open.get('lobby')?.notes.at(-1)?.words).toBe(words);
  });

  it('are not offered to who is in them, and the lobby to nobody', () => {
    const client = inLobby().enter('/invite bob');
    expect([client.effects, client.chat.toast?.words]).toEqual([
      [],
      'The lobby is everyone’s: nobody has to be invited.',
    ]);
    client.enter('/join den').opened('den');
    expect(client.enter('/invite ADA').effects).toEqual([]);
    expect(client.chat.toast?.words).toBe('ada is here already.');
    expect(client.enter('/invite bob').effects).toEqual([{ do: 'invite', room: 'den', nick: 'bob' }]);
  });

  it('ask for a password, masked, when they have one', () => {
    const client = inLobby().enter('/join den');
    client.act({ type: 'room.refused', room: 'den', code: 'wrong_password', words: 'It takes a password.' });
    expect(client.popup).toBe('password');
    expect(client.type('sesame').press('enter').effects).toContainEqual({
      do: 'open-room',
      room: 'den',
      password: 'sesame',
    });
  });

  it('take the spelling that the server has', () => {
    const client = inLobby().enter('/join DEN').opened('den');
    expect(client.chat.active).toBe('den');
    expect([...client.chat.open.keys()]).toEqual(['lobby', 'den']);
  });

  it('are followed up to a handful', () => {
    const client = inLobby();
    for (const name of ['a', 'b', 'c', 'd', 'e']) client.enter(`/join ${name}`).opened(name);
    client.enter('/join f');
    expect(client.effects).toContainEqual({ do: 'close-room', room: 'lobby' });
    expect(client.chat.open.size).toBe(6);
  });

  it('that are left are no longer shown', () => {
    const client = inLobby().press('alt+2').opened('dev').enter('/leave');
    expect(client.effects).toContainEqual({ do: 'leave-room', room: 'dev' });
    client.act(listOf(room('lobby')));
    expect(client.chat.active).toBe('lobby');
    expect(client.chat.open.has('dev')).toBe(false);
  });

  it('that were lost before they were in the list are no longer shown', () => {
    const client = inLobby();
    const before = client.chat.rooms;
    client.enter('/join den').opened('den');
    expect(client.chat.active).toBe('den');
    client.act(listOf(...before));
    expect(client.chat.active).toBe('lobby');
  });

  it('know rooms by their names however those are written', () => {
    const client = inLobby().act(listOf(room('lobby'), room('Dev')));
    expect(client.enter('/say dev hi').effects).toContainEqual({ do: 'send', room: 'Dev', text: 'hi' });
    expect(client.enter('/leave dEV').effects).toContainEqual({ do: 'leave-room', room: 'Dev' });
  });

  it('close a conversation until something is said in it, or it is opened again', () => {
    const direct = (lastSeq: number) => room('@7', { kind: 'direct', with: { id: '2', nick: 'bob' }, lastSeq });
    const names = (): readonly string[] => client.chat.rooms.map((each) => each.room);
    const client = inLobby()
      .act(listOf(room('lobby'), direct(5)))
      .press('alt+2')
      .opened('@7', direct(5));
    client.enter('/leave');
    expect(client.effects).toContainEqual({ do: 'close-room', room: '@7' });
    expect(client.chat).toMatchObject({ active: 'lobby', toast: { words: expect.stringContaining('/pm bob') } });
    client.act(listOf(room('lobby', { lastSeq: 9 }), direct(5)));
    expect(names()).toEqual(['lobby']);
    client.act(listOf(room('lobby'), { ...direct(6), unread: 1 }));
    expect(names()).toEqual(['lobby', '@7']);
    client.enter('/leave bob').enter('/pm bob');
    expect(names()).toEqual(['lobby']);
    client.opened('@7', direct(6)).act({ type: 'room.show', room: '@7', place: '@ bob' });
    client.act(listOf(room('lobby'), direct(6)));
    expect(names()).toEqual(['lobby', '@7']);
    expect(client.chat.active).toBe('@7');
    expect(client.chat.open.get('@7')?.load).toBe('ready');
  });

  it('open a closed conversation also with a guest who has left, whose nick is nobody’s', () => {
    const bob = { kind: 'direct', with: { id: '2', nick: 'bob' } } as const;
    const client = inLobby().press('alt+3').opened('@7', bob).enter('/leave').enter('/pm Bob');
    client.act({ type: 'room.refused', room: '@ Bob', code: 'not_found', words: 'There is nobody called Bob.' });
    expect(client.chat.active).toBe('@7');
    expect(client.effects).toContainEqual({ do: 'open-room', room: '@7', password: undefined });
    expect(client.chat.rooms.map((each) => each.room)).toEqual(['lobby', 'dev', '@7']);
  });

  it('close no conversation in which something waits to be sent', () => {
    const client = inLobby()
      .press('alt+3')
      .opened('@7', { kind: 'direct', with: { id: '2', nick: 'bob' } });
    const pending = [{ cid: 'p', text: 'x', state: 'waiting', words: '' }] as const;
    client.act({ type: 'pending', room: '@7', pending }).enter('/leave');
    expect(client.chat).toMatchObject({ active: '@7', toast: { tone: 'bad' } });
  });

  it('give a conversation no topic', () => {
    const client = inLobby().press('alt+3').opened('@7').enter('/topic tea');
    expect(client.effects.filter((effect) => effect.do === 'set-topic')).toEqual([]);
    expect(client.chat.toast?.words).toBe('A conversation between two has no topic.');
  });

  it('let nobody leave the lobby', () => {
    expect(inLobby().enter('/leave').effects).not.toContainEqual(expect.objectContaining({ do: 'leave-room' }));
  });
});

describe('leaving', () => {
  it('is /quit, :quit and Ctrl+C, also while a popup is open', () => {
    expect(inLobby().enter('/quit').effects).toContainEqual({ do: 'exit' });
    expect(inLobby().enter(':quit').effects).toContainEqual({ do: 'exit' });
    expect(inLobby().press('f1', 'ctrl+c').effects).toContainEqual({ do: 'exit' });
  });

  it('with Ctrl+C asks first where something is unsent, or a browser’s person may mean to copy', () => {
    const draft = inLobby().type('half a message').press('alt+2').opened('dev').press('ctrl+c');
    expect(draft.popup).toBe('leave');
    expect(draft.press('escape').popup).toBeUndefined();
    expect(draft.press('ctrl+c', 'ctrl+c').effects).toContainEqual({ do: 'exit' });
    const waiting = [{ cid: 'p', text: 'x', state: 'waiting', words: '' }] as const;
    const unsent = inLobby().act({ type: 'pending', room: 'lobby', pending: waiting }).press('ctrl+c');
    expect(unsent.popup).toBe('leave');
    expect(unsent.press('enter').effects).toContainEqual({ do: 'exit' });
    const hosted = inLobby({ hosted: true }).press('f1', 'ctrl+c');
    expect(hosted.popup).toBe('leave');
    expect(hosted.press('ctrl+c').effects).toContainEqual({ do: 'exit' });
  });

  it('is final', () => {
    const client = inLobby().press('ctrl+c').type('x');
    expect(client.state.stage).toEqual({ name: 'left' });
    expect(client.effects).toEqual([]);
  });
});

describe('who one is', () => {
  it('ends with /logout at the welcome screen, with nothing kept', () => {
    const client = inLobby().type('secret draft').press('ctrl+u').enter('/logout');
    expect(client.effects).toContainEqual({ do: 'sign-out' });
    expect(client.state.stage).toMatchObject({ name: 'welcome', before: undefined, progress: { name: 'busy' } });
    client.act({ type: 'signed.out', problem: undefined });
    expect(client.state.stage).toMatchObject({ progress: { name: 'said', words: 'You have signed out.' } });
    expect(client.press('enter').effects).toMatchObject([{ do: 'enter', entrance: { nick: 'ada' } }]);
  });

  it('changes with /nick for a guest, who misses nothing of the open rooms', () => {
    expect(inLobby().enter('/nick eve').effects).toContainEqual({ do: 'rename', nick: 'eve', seen: { lobby: 2 } });
  });

  it('is under the new nick in every open room at once', () => {
    const client = inLobby().press('alt+2').opened('dev');
    const connection = { name: 'online', limits: DEFAULT_LIMITS, you: { ...you, nick: 'eve' } } as const;
    client.act({ type: 'connection', connection, now: NOW });
    const nicks = [...client.chat.open.values()].map(({ members }) => members.map(({ nick }) => nick));
    expect(nicks).toEqual([['eve'], ['eve']]);
  });

  it('does not change while something is on its way, nor for an account', () => {
    const pending = [{ cid: 'p', text: 'x', state: 'sending', words: '' }] as const;
    const client = inLobby().act({ type: 'pending', room: 'lobby', pending });
    expect(client.enter('/nick eve').effects).not.toContainEqual(expect.objectContaining({ do: 'rename' }));
    const account = inLobby().act({
      type: 'connection',
      connection: { name: 'online', limits: DEFAULT_LIMITS, you: { ...you, guest: false } },
      now: NOW,
    });
    expect(account.enter('/nick eve').effects).toEqual([]);
    expect(account.chat.toast?.words).toMatch(/stays/u);
  });
});
