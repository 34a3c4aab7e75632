/** What is written, and whose it is to undo and to yank. */
import { Editor, type KeyInput } from '@parley/terminal';
import { describe, expect, it, vi } from 'vitest';
import { Client, inLobby, listOf, room } from '../../test/acting-client.ts';
import { draftOf, editDraft } from './draft.ts';

const key = (chord: string): KeyInput => ({ type: 'key', name: chord, chord, ctrl: false, alt: false, shift: false });

describe('what is taken out of a composer', () => {
  it('is its person’s to yank and to undo, also when nothing is left', () => {
    expect(inLobby().type('words').press('ctrl+u', 'ctrl+y').draft).toBe('words');
    expect(inLobby().type('words').press('ctrl+u', 'ctrl+_').draft).toBe('words');
    expect(inLobby({ hosted: true }).type('words').press('ctrl+u', 'ctrl+z').draft).toBe('words');
  });

  it('is nobody else’s in the same process: neither a password nor a draft', () => {
    const ada = new Client({ hosted: true });
    ada.press('up', 'right', 'tab').type('ada').press('tab');
    for (const letter of 'hunter2!') ada.type(letter);
    const bob = inLobby({ hosted: true });
    bob.type('x');
    for (let times = 0; times < 10; times += 1) expect('x').toContain(bob.press('ctrl+_').draft);
    inLobby({ hosted: true }).type('my secret words').press('ctrl+u');
    expect(inLobby({ hosted: true }).press('ctrl+y').draft).toBe('');
  });
});

it('is wrapped for who moves by rows, not for other keys', () => {
  const layout = vi.spyOn(Editor.prototype, 'layout');
  const box = { cols: 4, rows: 5 };
  const draft = draftOf('ab cd ef');
  expect(editDraft(draft, key('ctrl+a'), box)?.cursor).toBe(0);
  expect(editDraft(draft, key('up'), box)?.cursor).toBe(5);
  expect(layout).not.toHaveBeenCalled();
  layout.mockRestore();
});

it('is no longer than what it is for: a message, or a field of one line', () => {
  const much = 'e\u0301'.repeat(20_000);
  expect(inLobby().type(much).type(much).draft).toHaveLength(16 * 1024);
  const { popup } = inLobby().press('ctrl+p').type(much).press('ctrl+u', 'ctrl+y', 'ctrl+y').chat;
  expect(popup?.name === 'list' && popup.filter.text.length).toBe(512);
  const { stage } = new Client({ hosted: true }).type(much).state;
  expect(stage.name === 'welcome' && stage.fields.nick.text.length).toBe(512);
});

it('can be undone in the rooms that one has written in last', () => {
  const client = inLobby().act(listOf(...['a', 'b', 'c', 'd', 'e'].map((name) => room(name))));
  for (const number of [1, 2, 3, 4, 5]) client.press(`alt+${number}`).type('one').type(' two');
  const undone = [1, 2, 3, 4, 5].map((number) => client.press(`alt+${number}`, 'ctrl+_').draft);
  expect(undone).toEqual(['one two', 'one', 'one', 'one', 'one']);
});

it('goes on as the same text when a word of it is completed: undone, and no longer than a draft', () => {
  expect(inLobby().type('well').type(' b').press('tab').draft).toBe('well bob ');
  expect(inLobby().type('well').type(' b').press('tab', 'ctrl+_').draft).toBe('well b');
  expect(inLobby().type('well').type(' b').press('tab', 'ctrl+_', 'ctrl+_').draft).toBe('well');
  const long = inLobby().type('x'.repeat(16 * 1024 - 2));
  expect(long.type(' b').press('tab').draft).toHaveLength(16 * 1024);
});
