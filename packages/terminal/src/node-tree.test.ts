import { describe, expect, test } from 'vitest';
import { openTest, textPane } from '../test/open-test-screen.ts';

describe('nodes', () => {
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
