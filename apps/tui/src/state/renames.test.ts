import { describe, expect, it } from 'vitest';
import { inLobby, listOf, message, NOW, room, type Client } from '../../test/acting-client.ts';
import { shownName } from './room-list.ts';
import { renameWords, withAnother, type Rename } from './renames.ts';

const rename = (id: string, from: string, to: string): Rename => ({ id, from, to, at: NOW });

describe('the words for who is called otherwise now', () => {
  it('name up to three people, and count others', () => {
    const renames = [rename('2', 'bob', 'bo'), rename('3', 'cyd', 'cy'), rename('4', 'dan', 'da')];
    expect(renameWords(renames.slice(0, 1))).toBe('bob is now bo');
    expect(renameWords(renames)).toBe('bob is now bo, cyd is now cy, dan is now da');
    const more = withAnother(renames, rename('5', 'eve', 'ev'));
    expect(renameWords(more)).toBe('bob is now bo, cyd is now cy and 2 others have new nicks');
  });

  it('say of each person what it comes to, whoever has their former nick by now', () => {
    const renames = [rename('2', 'bob', 'bo'), rename('3', 'cyd', 'bob'), rename('2', 'bo', 'b')];
    expect(renameWords(renames)).toBe('bob is now b, cyd is now bob');
    expect(renameWords([rename('2', 'bob', 'bo'), rename('2', 'bo', 'bob')])).toBe('bob is bob again');
  });

  it('are of the newest hundred', () => {
    let renames: readonly Rename[] = [];
    for (let at = 0; at < 150; at += 1) renames = withAnother(renames, rename(String(at), `a${at}`, `b${at}`));
    expect(renames).toHaveLength(100);
    expect(renameWords(renames)).toBe('a50 is now b50, a51 is now b51 and 98 others have new nicks');
  });
});

/** A client in the lobby and dev, both with bob in them. */
function withBob(): Client {
  const client = inLobby().press('alt+2').opened('dev').press('alt+up');
  return client.act(told('lobby', { id: '2', nick: 'bob' }), told('dev', { id: '2', nick: 'bob' }));
}
const told = (name: string, user: { id: string; nick: string; online?: boolean }) => {
  const users = [{ online: true, guest: true, ...user }];
  return { type: 'hint', hint: { type: 'presence', room: name, users }, now: NOW } as const;
};
const notesOf = (client: Client, name: string): readonly string[] =>
  client.chat.open.get(name)?.notes.map(({ words }) => words) ?? [];
const nicksIn = (client: Client, name: string): readonly string[] =>
  client.chat.open.get(name)?.members.map(({ nick }) => nick) ?? [];

describe('someone who is told of under a new nick', () => {
  it('is called so among the members, and in a line of each open room that knows them', () => {
    const client = withBob().act(told('lobby', { id: '2', nick: 'zed' }), told('dev', { id: '2', nick: 'zed' }));
    for (const name of ['lobby', 'dev']) {
      expect(nicksIn(client, name)).toEqual(['ada', 'zed']);
      expect(notesOf(client, name)).toEqual(['bob is now zed']);
    }
  });

  it('has a line in no room that did not know them, nor for being told of again, nor for oneself', () => {
    const client = withBob().act(
      told('lobby', { id: '3', nick: 'cyd' }),
      told('lobby', { id: '2', nick: 'bob', online: false }),
      told('lobby', { id: '2', nick: 'bob' }),
      told('lobby', { id: '1', nick: 'eve' }),
    );
    expect(notesOf(client, 'lobby')).toEqual([]);
  });

  it('shares the line of the one before, unless something was said since', () => {
    const client = withBob().act(told('lobby', { id: '3', nick: 'cyd' }));
    client.act(told('lobby', { id: '2', nick: 'zed' }), told('lobby', { id: '3', nick: 'cy' }));
    expect(notesOf(client, 'lobby')).toEqual(['bob is now zed, cyd is now cy']);
    client.act({ type: 'events', events: [message(3)], now: NOW }, told('lobby', { id: '2', nick: 'bob' }));
    expect(notesOf(client, 'lobby')).toEqual(['bob is now zed, cyd is now cy', 'zed is now bob']);
  });

  it('is who a closed conversation is with', () => {
    const direct = (nick: string) => room('@7', { kind: 'direct', title: nick, with: { id: '2', nick } });
    const client = inLobby().press('alt+3').opened('@7', direct('bob')).enter('/leave');
    client.act(listOf(room('lobby'), direct('zed')));
    expect(client.chat.rooms.map((each) => each.room)).toEqual(['lobby']);
    client.act({ type: 'room.show', room: '@7', place: undefined });
    const reopened = client.chat.rooms.find((each) => each.room === '@7');
    expect(shownName(reopened, '@7')).toBe('@zed');
  });
});
