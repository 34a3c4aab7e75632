/** The ways out: Esc step by step, commands, Ctrl+C; and what is asked first. */
import { describe, expect, it } from 'vitest';
import { inLobby } from '../../test/acting-client.ts';

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
