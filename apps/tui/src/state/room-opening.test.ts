/** A room being opened: what is written meanwhile, what it may ask for, and where one is when it can’t be had. */
import { describe, expect, it } from 'vitest';
import { inLobby } from '../../test/acting-client.ts';

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

describe('rooms', () => {
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
});
