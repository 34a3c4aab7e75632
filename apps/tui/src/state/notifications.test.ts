import { describe, expect, it } from 'vitest';
import { type Client, inLobby, listOf, message, NOW, room } from '../../test/acting-client.ts';

const notifications = (client: Client) => client.effects.filter((effect) => effect.do === 'notify');
const direct = { kind: 'direct', with: { id: '2', nick: 'bob' } } as const;

describe('a notification', () => {
  it('comes with a mention in another room, and not for what is being read', () => {
    const client = inLobby().act({ type: 'input', input: { type: 'focus', focused: true }, now: NOW });
    client.press('alt+2').opened('dev');
    client.act({ type: 'events', events: [message(3, 'look,\n Ada!')], now: NOW });
    expect(notifications(client)).toEqual([{ do: 'notify', title: 'bob in #lobby', body: 'look, Ada!' }]);
    client.act({ type: 'events', events: [message(1, 'ada: here', { room: 'dev' })], now: NOW + 10_000 });
    expect(notifications(client)).toEqual([]);
  });

  it('comes with a mention in the room on the screen when the window has lost the focus', () => {
    const client = inLobby().act({ type: 'input', input: { type: 'focus', focused: false }, now: NOW });
    client.act({ type: 'events', events: [message(3, 'nothing for you')], now: NOW });
    expect(notifications(client)).toEqual([]);
    client.act({ type: 'events', events: [message(4, 'ada?')], now: NOW });
    expect(notifications(client)).toHaveLength(1);
  });

  it('comes with a mention in the room on the screen where the terminal tells nothing of its focus, which is read then', () => {
    const client = inLobby().type('typed').viewport(true);
    client.act({ type: 'events', events: [message(3, 'ada?')], now: NOW });
    expect(notifications(client)).toEqual([{ do: 'notify', title: 'bob in #lobby', body: 'ada?' }]);
    expect(client.effects).toContainEqual({ do: 'mark-read', room: 'lobby', seq: 3 });
    client.act({ type: 'input', input: { type: 'focus', focused: true }, now: NOW });
    client.act({ type: 'events', events: [message(4, 'ada!')], now: NOW + 10_000 });
    expect(notifications(client)).toEqual([]);
  });

  it('does not come with each message of a conversation on the screen where the terminal tells nothing', () => {
    const client = inLobby().press('alt+3').opened('@7', direct);
    client.act({ type: 'events', events: [message(1, 'hello', { room: '@7' })], now: NOW });
    expect(notifications(client)).toEqual([]);
  });

  it('does not come in a browser for what is on the screen, before its page has told of its focus', () => {
    const client = inLobby({ hosted: true });
    client.act({ type: 'events', events: [message(3, 'ada?')], now: NOW });
    expect(notifications(client)).toEqual([]);
  });

  it('comes with a mention in a room that was never opened, which is marked until it is read', () => {
    const client = inLobby();
    const hint = { type: 'room.activity', room: 'dev', lastSeq: 9, unread: 5 } as const;
    client.act({ type: 'hint', hint, now: NOW });
    expect(notifications(client)).toEqual([]);
    expect(client.chat.mentioned.has('dev')).toBe(false);
    client.act({ type: 'hint', hint: { ...hint, mentioned: true }, now: NOW });
    expect(notifications(client)).toEqual([{ do: 'notify', title: '#dev', body: 'You are mentioned there.' }]);
    client.act(listOf(room('lobby'), room('dev', { unread: 5 })));
    expect(client.chat.mentioned.has('dev')).toBe(true);
    // Read elsewhere.
    client.act(listOf(room('lobby'), room('dev', { unread: 0 })));
    expect(client.chat.mentioned.has('dev')).toBe(false);
  });

  it('comes with any direct message, also in a room that is not followed', () => {
    const client = inLobby();
    const rooms = [room('lobby'), room('dev', { unread: 4 }), room('@7', { ...direct, unread: 1 })];
    client.act(listOf(...rooms));
    expect(notifications(client)).toEqual([{ do: 'notify', title: 'bob', body: 'A new message for you.' }]);
    client.act(listOf(...rooms));
    expect(notifications(client)).toEqual([]);
  });

  it('comes once for a flood, and never for one’s own words', () => {
    const client = inLobby().press('alt+2').opened('dev');
    client.act({ type: 'events', events: [message(3, 'ada'), message(4, 'ada')], now: NOW + 5000 });
    expect(notifications(client)).toHaveLength(1);
    client.act({ type: 'events', events: [message(5, 'ada')], now: NOW + 5001 });
    expect(notifications(client)).toEqual([]);
    const own = message(6, 'I am ada', { from: { id: '1', nick: 'ada' } });
    client.act({ type: 'events', events: [own], now: NOW + 20_000 });
    expect(notifications(client)).toEqual([]);
  });

  it('is silenced by /bell off', () => {
    const client = inLobby().enter('/bell off').press('alt+2').opened('dev');
    client.act({ type: 'events', events: [message(3, 'ada')], now: NOW });
    expect(notifications(client)).toEqual([]);
    client.enter('/bell on').act({ type: 'events', events: [message(4, 'ada')], now: NOW });
    expect(notifications(client)).toHaveLength(1);
  });

  it('is cut, however long the message is', () => {
    const client = inLobby().press('alt+2').opened('dev');
    client.act({ type: 'events', events: [message(3, `ada ${'x'.repeat(2000)}`)], now: NOW });
    expect(JSON.stringify(notifications(client)).length).toBeLessThan(300);
  });
});
