/** Direct rooms, where they differ: they are closed and not left, until something is said there. */
import type { Room } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { inLobby, listOf, room } from '../../test/acting-client.ts';

describe('rooms', () => {
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

  it('leave a conversation closed in which something was changed, or told again that was read before', () => {
    const direct = (lastSeq: number, unread = 0) =>
      room('@7', { kind: 'direct', with: { id: '2', nick: 'bob' }, lastSeq, unread });
    const client = inLobby()
      .act(listOf(room('lobby'), direct(5)))
      .press('alt+2')
      .opened('@7', direct(5))
      .enter('/leave');
    const isListed = (now: Room): boolean =>
      client.act(listOf(room('lobby'), now)).chat.rooms.some((each) => each.room === '@7');
    expect([direct(4), direct(5, 1), direct(5), direct(6), direct(7), direct(7)].map(isListed)).not.toContain(true);
    expect(isListed(direct(8, 1))).toBe(true);
    // Read by then, it stays.
    expect(isListed(direct(8))).toBe(true);
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
});
