/** A list of more rooms than its pane has rows. */
import { describe, expect, it } from 'vitest';
import { type Client, inLobby, listOf, NOW, room } from '../../test/acting-client.ts';
import { layoutOf } from './chat-places.ts';
import { shownRooms } from './room-scroll.ts';

const bob = { id: '2', nick: 'bob' };
const names = Array.from({ length: 30 }, (_, index) => `room${String(index + 1).padStart(2, '0')}`);

/** At 80×24, in the lobby, with thirty rooms and a direct one: `unread` by name. */
function withManyRooms(unread: Readonly<Record<string, number>> = {}): Client {
  const client = inLobby().act({ type: 'resized', size: { cols: 80, rows: 24 } });
  const rooms = names.map((name) => room(name, { unread: unread[name] ?? 0, lastSeq: 9 }));
  const direct = room('@7', { kind: 'direct', with: bob, unread: unread['@7'] ?? 0, lastSeq: 9 });
  return client.act(listOf(room('lobby'), ...rooms, direct));
}
const paneOf = (client: Client) => {
  const { rooms } = layoutOf(client.chat, client.state.size);
  if (rooms === undefined) throw new Error('There is room for the rooms.');
  return rooms;
};
const shown = (client: Client) => shownRooms(client.chat, paneOf(client).height);
const wheel = (client: Client, action: 'wheel-up' | 'wheel-down', x: number): Client => {
  const modifiers = { ctrl: false, alt: false, shift: false };
  return client.act({
    type: 'input',
    input: { type: 'mouse', action, button: 'none', x, y: 3, ...modifiers },
    now: NOW,
  });
};
const nothing = { messages: 0, rooms: 0, isPersonal: false };

describe('what is new out of sight', () => {
  it('is told at the edge beyond which it is, and that it is for one', () => {
    expect(shown(withManyRooms())).toMatchObject({ top: 0, above: undefined, below: undefined, hidden: nothing });
    const direct = shown(withManyRooms({ '@7': 2 }));
    expect(direct.below?.news).toEqual({ messages: 2, rooms: 1, isPersonal: true });
    const others = withManyRooms({ room02: 1, room25: 2, room29: 3 });
    expect(shown(others).below?.news).toEqual({ messages: 5, rooms: 2, isPersonal: false });
    expect(shown(others).hidden).toEqual({ messages: 5, rooms: 2, isPersonal: false });
    const mention = { type: 'room.activity', room: 'room25', lastSeq: 9, unread: 2, mentioned: true } as const;
    others.act({ type: 'hint', hint: mention, now: NOW });
    expect(shown(others).below?.news.isPersonal).toBe(true);
    expect(shown(others.press('alt+up')).above?.news).toEqual({ messages: 1, rooms: 1, isPersonal: false });
  });

  it('counts the room that the edge itself covers', () => {
    const { height } = paneOf(withManyRooms());
    const covered = names[height - 3] ?? '';
    expect(shown(withManyRooms({ [covered]: 1 })).below).toBeUndefined();
    expect(shown(withManyRooms({ [covered]: 1, room30: 1 })).below?.news.messages).toBe(2);
  });

  it('is all there is to tell where there is no pane, and has no edge in a low one', () => {
    const client = withManyRooms({ room02: 1, '@7': 1 });
    expect(shownRooms(client.chat, 0).hidden).toEqual({ messages: 2, rooms: 2, isPersonal: true });
    expect(shownRooms(client.chat, 3)).toMatchObject({ below: undefined, hidden: { messages: 2 } });
  });

  it('comes into sight with a click on its edge', () => {
    const client = withManyRooms({ room25: 1 });
    const pane = paneOf(client);
    client.click(3, pane.y + pane.height - 1);
    expect([client.chat.active, shown(client).below]).toEqual(['lobby', undefined]);
    const { lines, top } = shown(client);
    const at = lines.findIndex((line) => line.kind === 'room' && line.room.room === 'room25') - top;
    expect(client.click(3, pane.y + at).chat.active).toBe('room25');
  });
});

describe('the wheel', () => {
  it('over the rooms scrolls them, from end to end, and nothing else', () => {
    const client = withManyRooms();
    expect(wheel(client, 'wheel-down', 3).effects).toEqual([]);
    expect(shown(client).top).toBe(3);
    for (let times = 0; times < 20; times += 1) wheel(client, 'wheel-down', 3);
    const { lines, top } = shown(client);
    expect(top).toBe(lines.length - paneOf(client).height);
    for (let times = 0; times < 20; times += 1) wheel(client, 'wheel-up', 3);
    expect(shown(client).top).toBe(0);
  });

  it('elsewhere, and over a list that is all there, scrolls the messages', () => {
    const scrolls = [{ do: 'scroll', move: { lines: 3 } }];
    expect(wheel(withManyRooms(), 'wheel-down', 40).effects).toEqual(scrolls);
    expect(wheel(inLobby(), 'wheel-down', 3).effects).toEqual(scrolls);
  });

  it('leaves the list where it is when a room in it is clicked, until one goes elsewhere', () => {
    const client = wheel(wheel(withManyRooms(), 'wheel-down', 3), 'wheel-down', 3);
    client.click(3, 1);
    expect([client.chat.active, shown(client).top]).toEqual(['room06', 6]);
    client.press('alt+1');
    expect(shown(client).top).toBe(0);
  });
});
