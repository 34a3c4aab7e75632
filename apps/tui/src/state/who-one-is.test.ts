/** Who one is in a chat: under another nick with /nick, nobody any more with /logout. */
import { DEFAULT_LIMITS } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { inLobby, NOW, you } from '../../test/acting-client.ts';

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
