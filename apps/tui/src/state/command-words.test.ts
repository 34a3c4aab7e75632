/** What a command answers in words, and where those are seen. */
import { describe, expect, it } from 'vitest';
import { inLobby, NOW } from '../../test/acting-client.ts';

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
