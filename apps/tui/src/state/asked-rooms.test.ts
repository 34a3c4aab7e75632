import { describe, expect, it } from 'vitest';
import { type Client, inLobby, listOf, NOW, online, room } from '../../test/acting-client.ts';

const waiting = { name: 'waiting', reason: 'gone', retryAt: NOW + 1000, attempt: 1 } as const;
const listed = (client: Client, ...names: string[]): Client =>
  client.act(listOf(room('lobby'), room('dev'), ...names.map((name) => room(name))));

describe('a room that is being made', () => {
  const creating = (): Client => inLobby().type('/create den').press('enter');
  const request = { do: 'create-room', room: 'den', kind: 'public', password: undefined, title: undefined };

  it('is gone to at once, and gets what is written until it is there', () => {
    const client = creating();
    expect(client.effects).toEqual([{ ...request, place: 'den' }]);
    expect(client.chat.active).toBe('den');
    expect(client.enter('hello').effects).toEqual([]);
    client.act({ type: 'room.show', room: 'den', place: 'den' });
    expect(client.effects).toEqual([{ do: 'open-room', room: 'den', password: undefined }]);
    client.opened('den');
    expect(client.effects).toContainEqual({ do: 'send', room: 'den', text: 'hello' });
    expect(client.draft).toBe('');
  });

  it('gives back what was written where it could not be made', () => {
    const client = creating().type('hello');
    client.act({ type: 'room.refused', room: 'den', code: 'bad_request', words: 'No.' });
    expect(client.chat.active).toBe('lobby');
    expect(client.draft).toBe('hello');
    expect(client.chat.open.has('den')).toBe(false);
  });

  it('does not stand in for one that is there already', () => {
    const client = inLobby().type('/create Dev').press('enter');
    expect(client.effects).toEqual([{ ...request, room: 'Dev', place: undefined }]);
    expect(client.chat.active).toBe('lobby');
  });

  it('is asked for again after an outage, and opened when it had been made', () => {
    const client = creating().act({ type: 'connection', connection: waiting, now: NOW });
    client.act({ type: 'room.refused', room: 'den', code: 'unavailable', words: 'Gone.' });
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toContainEqual({ ...request, place: 'den' });
    listed(client, 'den').act({ type: 'room.refused', room: 'den', code: 'room_exists', words: 'It exists.' });
    expect(client.effects).toEqual([{ do: 'open-room', room: 'den', password: undefined }]);
    expect(client.opened('den').chat.active).toBe('den');
  });
});

describe('a direct room that is asked for by nick', () => {
  const asking = (): Client => inLobby().type('/pm bob').press('enter');
  const placeOf = (client: Client): string => client.chat.active ?? '';

  it('gets what is written until the server has said which it is', () => {
    const client = asking();
    const place = placeOf(client);
    expect(client.effects).toEqual([{ do: 'open-direct', nick: 'bob', text: undefined, place }]);
    expect(client.enter('between us').effects).toEqual([]);
    client.act({ type: 'room.show', room: '@7', place }).opened('@7', { kind: 'direct' });
    expect(client.effects).toContainEqual({ do: 'send', room: '@7', text: 'between us' });
    expect(client.chat.open.has(place)).toBe(false);
    expect(client.chat.previous).toBe('lobby');
  });

  it('gets it too when it was opened before the answer was read', () => {
    const client = asking().enter('between us');
    const place = placeOf(client);
    client.opened('@7', { kind: 'direct' }).act({ type: 'room.show', room: '@7', place });
    expect(client.effects).toContainEqual({ do: 'send', room: '@7', text: 'between us' });
    expect(client.draft).toBe('');
  });

  it('leaves what had been written there before, and sends nothing by itself then', () => {
    const client = inLobby().press('alt+3').opened('@7', { kind: 'direct' }).type('before').press('alt+1');
    client.type('/pm bob').press('enter');
    const place = placeOf(client);
    client.enter('after').act({ type: 'room.show', room: '@7', place });
    expect(client.effects.map((effect) => effect.do)).not.toContain('send');
    expect(client.draft).toBe('before\nafter');
  });

  it('is one draft with what had been written there before, as much as a draft takes', () => {
    const long = 'x'.repeat(16 * 1024 - 3);
    const client = inLobby().press('alt+3').opened('@7', { kind: 'direct' }).type(long).press('alt+1');
    client.type('/pm bob').press('enter').type('after');
    client.act({ type: 'room.show', room: '@7', place: placeOf(client) });
    expect(client.draft).toBe(`${long}\naf`);
  });

  it('does not call back who has gone elsewhere', () => {
    const client = asking().type('for bob');
    const place = placeOf(client);
    client.press('alt+2').act({ type: 'room.show', room: '@7', place });
    expect(client.chat.active).toBe('dev');
    expect(client.press('alt+3').draft).toBe('for bob');
  });

  it('is asked for again after an outage', () => {
    const client = asking().act({ type: 'connection', connection: waiting, now: NOW });
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toContainEqual(expect.objectContaining({ do: 'open-direct', nick: 'bob' }));
  });
});
