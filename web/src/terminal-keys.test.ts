import { describe, expect, it } from 'vitest';
import { isForProgram, type PressedKey } from './terminal-keys.ts';

const plain = { type: 'keydown', ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };

/** What is typed instead of the key, whether it stays the program's, and whether the browser is kept from it. */
function press(key: Partial<PressedKey> & Pick<PressedKey, 'key' | 'code'>, isMac = true) {
  const typed: string[] = [];
  let isPrevented = false;
  const event = { ...plain, ...key, preventDefault: () => void (isPrevented = true) };
  const actions = {
    type: (text: string) => void typed.push(text),
    changeFontSize: () => {},
    copySelection: () => false,
  };
  const isPrograms = isForProgram(event, actions, isMac);
  return { typed: typed.join(''), isPrograms, isPrevented };
}

it('deletes a word with Ctrl+Backspace, as a field of a page does', () => {
  const pressed = { key: 'Backspace', code: 'Backspace', ctrlKey: true };
  expect(press(pressed)).toEqual({ typed: '\x1b\x7f', isPrograms: false, isPrevented: true });
  expect(press({ ...pressed, type: 'keyup' })).toEqual({ typed: '', isPrograms: false, isPrevented: true });
  expect(press({ ...pressed, ctrlKey: false })).toEqual({ typed: '', isPrograms: true, isPrevented: false });
});

describe('Option on a Mac', () => {
  it.each([
    ['@', 'KeyL', false],
    ['[', 'Digit5', false],
    ['|', 'Digit7', false],
    ['\\', 'Digit7', true],
    ['{', 'Digit8', false],
  ])('types %s where the layout has it on %s', (key, code, shiftKey) => {
    const pressed = { key, code, shiftKey, altKey: true };
    expect(press(pressed)).toEqual({ typed: key, isPrograms: false, isPrevented: true });
    // Once a press.
    expect(press({ ...pressed, type: 'keyup' })).toEqual({ typed: '', isPrograms: false, isPrevented: true });
  });

  it.each([
    ['¡', 'Digit1'],
    ['å', 'KeyA'],
    ['1', 'Digit1'],
    ['a', 'KeyA'],
    ['Dead', 'KeyN'],
    ['ArrowUp', 'ArrowUp'],
    ['Enter', 'Enter'],
  ])('stays the program’s Alt where it makes %s of %s', (key, code) => {
    expect(press({ key, code, altKey: true })).toEqual({ typed: '', isPrograms: true, isPrevented: false });
  });

  it('types nothing together with Ctrl, nor elsewhere', () => {
    const key = { key: '@', code: 'KeyL', altKey: true };
    expect(press({ ...key, ctrlKey: true })).toEqual({ typed: '', isPrograms: true, isPrevented: false });
    expect(press(key, false)).toEqual({ typed: '', isPrograms: true, isPrevented: false });
  });
});
