/** One’s rooms: how they are listed, chosen, called in commands, and left. */
import { describe, expect, it } from 'vitest';
import { inLobby, listOf, room } from '../../test/acting-client.ts';
import { placeList } from '../layout/popup-layout.ts';

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

  it('let nobody leave the lobby', () => {
    expect(inLobby().enter('/leave').effects).not.toContainEqual(expect.objectContaining({ do: 'leave-room' }));
  });
});
