import { describe, expect, test } from 'vitest';
import { openTest, textPane } from '../test/open-test-screen.ts';
import { Box, boxAt, List } from './index.ts';

describe('nodes', () => {
  test('are found by a cell, the topmost first', () => {
    const { screen } = openTest();
    const pane = textPane(screen, () => '');
    const box = new Box({ parent: screen.root, left: 2, top: 1, width: 4, height: 2 });
    screen.render();
    screen.flush();
    expect([boxAt(screen.root, 3, 1), boxAt(screen.root, 0, 0)]).toEqual([box, pane]);
    box.hide();
    expect(boxAt(screen.root, 3, 1)).toBe(pane);
  });

  test('of blessed’s own answer to events they are handed', () => {
    const { screen } = openTest();
    const list = new List({
      parent: screen.root,
      width: 10,
      height: 4,
      items: ['a', 'b', 'c'],
      keys: true,
      mouse: true,
    });
    list.focus();
    screen.render();
    screen.flush();
    screen.dispatch({ type: 'key', name: 'down', chord: 'down', ctrl: false, alt: false, shift: false });
    expect(list.selected).toBe(1);
    screen.dispatch({
      type: 'mouse',
      action: 'wheel-down',
      button: 'none',
      x: 1,
      y: 1,
      ctrl: false,
      alt: false,
      shift: false,
    });
    expect(list.selected).toBe(3 - 1);
  });

  test('shown and hidden a thousand times leave nothing behind', () => {
    const { screen } = openTest();
    const popup = textPane(screen, () => 'popup', { width: 5, height: 2 });
    for (let i = 0; i < 1000; i++) {
      popup.hide();
      screen.flush();
      popup.show();
      screen.render();
      screen.flush();
    }
    expect(screen.root.children).toHaveLength(1);
  });
});
