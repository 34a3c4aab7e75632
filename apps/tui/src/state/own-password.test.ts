import type { ConnectionState } from '@parley/client';
import { DEFAULT_LIMITS } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { type Client, inLobby, NOW, you } from '../../test/acting-client.ts';
import { aboutPassword } from '../views/popup-words.ts';

function withAccount(): Client {
  const connection: ConnectionState = { name: 'online', you: { ...you, guest: false }, limits: DEFAULT_LIMITS };
  return inLobby().act({ type: 'connection', connection, now: NOW });
}
/** Which password is asked for, what is said to that, and what is in the field. */
const asked = (client: Client): string[] => {
  const { popup } = client.chat;
  return popup?.name === 'password' ? [aboutPassword(popup), popup.words, popup.field.text] : [];
};
const what = 'Where else you are signed in, you will be signed out.';

describe('/password', () => {
  it('asks for the password of now, and for a new one twice', () => {
    const client = withAccount().enter('/password');
    expect(asked(client)).toEqual(['The password that you have now.', what, '']);
    expect(asked(client.enter('old one'))).toEqual(['A new password.', what, '']);
    expect(asked(client.enter('a new one'))).toEqual(['The new password again.', what, '']);
    client.enter('a new one');
    expect(client.effects).toEqual([{ do: 'change-password', current: 'old one', next: 'a new one' }]);
    expect(client.popup).toBeUndefined();
  });

  it('says what is wrong with the new one, and asks for that alone again', () => {
    const client = withAccount().enter('/password').enter('old one').enter('short');
    expect(asked(client)).toEqual(['A new password.', 'A password has at least 8 characters.', '']);
    client.enter('a new one').enter('another one');
    expect(asked(client)).toEqual(['A new password.', 'The two passwords are not the same.', '']);
    expect(client.enter('a new one').enter('a new one').effects).toContainEqual(
      expect.objectContaining({ current: 'old one', next: 'a new one' }),
    );
  });

  it('is given up with Esc, has nothing to do for guests, and takes no password where it can be seen', () => {
    const client = withAccount().enter('/password').type('old').press('escape');
    expect([client.popup, client.draft]).toEqual([undefined, '']);
    const slipped = withAccount().enter('/password').type('old').press('alt+x').type('!');
    expect([asked(slipped)[2], slipped.draft]).toEqual(['old!', '']);
    const guest = inLobby().enter('/password');
    expect(guest.chat.toast?.words).toContain('A guest has no password.');
    const seen = withAccount().enter('/password old new');
    expect([seen.popup, seen.chat.entered]).toEqual([undefined, []]);
  });

  it('takes lines for answers where there are no keys', () => {
    const lines = ['/password', 'old one', 'a new one', 'a new one'];
    const client = withAccount().act(...lines.map((text) => ({ type: 'line', text, now: NOW }) as const));
    expect(client.effects).toEqual([{ do: 'change-password', current: 'old one', next: 'a new one' }]);
  });
});
