/** The help: what opens it, and how it scrolls. */
import { describe, expect, it } from 'vitest';
import { inLobby } from '../../test/acting-client.ts';

describe('the help', () => {
  it('opens with F1, /help, and ? in an empty composer only', () => {
    expect(inLobby().press('f1').popup).toBe('help');
    expect(inLobby().enter('/help').popup).toBe('help');
    expect(inLobby().type('?').popup).toBe('help');
    expect(inLobby().type('what').type('?').draft).toBe('what?');
  });

  it('scrolls, and no further than its end', () => {
    const client = inLobby().press('f1', 'end');
    const { top } = client.chat.popup as { top: number };
    expect(top).toBeGreaterThan(0);
    expect(client.press('pagedown').chat.popup).toMatchObject({ top });
    expect(client.press('home').chat.popup).toMatchObject({ top: 0 });
  });
});
