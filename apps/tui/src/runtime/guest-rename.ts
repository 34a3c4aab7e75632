/**
 * A guest takes another nick: a second connection as the same guest under that nick, and only when it is online the
 * first one is given up for it. A nick that is taken changes nothing.
 *
 *   trying ──online──▶ renamed
 *      └──refused, or the server can't be reached──▶ failed
 */
import type { ChatClient } from '@parley/client';

export interface GuestRenameOptions {
  /** A new client, with the guest's token and the nick. */
  readonly chat: ChatClient;
  readonly nick: string;
  /** The last seq of each room that is followed: what comes after it comes out of the new client. */
  readonly seen: Readonly<Record<string, number>>;
  /** Called once, at once when the client is online: its first events follow in the same turn. */
  renamed(this: void, chat: ChatClient): void;
  failed(this: void, words: string): void;
}

/** Tries it. The answer gives it up. */
export function renameGuest(options: GuestRenameOptions): () => void {
  const { chat, nick, seen, renamed, failed } = options;
  for (const [room, seq] of Object.entries(seen)) chat.resumeFrom(room, seq);
  const giveUp = (): void => {
    stop();
    chat.close();
  };
  const stop = chat.on('state', (state) => {
    switch (state.name) {
      case 'online':
        stop();
        renamed(chat);
        break;
      case 'refused':
        giveUp();
        failed(state.code === 'nick_taken' ? `${nick} is taken here. You keep your nick.` : state.message);
        break;
      case 'waiting':
        giveUp();
        failed(`${state.reason} You keep your nick.`);
        break;
      default:
        break;
    }
  });
  chat.connect();
  return giveUp;
}
