/** What the state machine wants done: data only. `runtime/` does it and answers with actions. */
import type { ThemeWish } from '@parley/protocol';
import type { Size } from '../layout/geometry.ts';

/** Who wants to come in. */
export interface Entrance {
  readonly as: 'guest' | 'sign-in' | 'register';
  readonly nick: string;
  readonly password: string;
}

/** Where the message pane goes. */
export type ScrollMove =
  { readonly to: 'pageUp' | 'pageDown' | 'first' | 'last' } | { readonly lines: number } | { readonly seq: number };

export type Effect =
  | { readonly do: 'find-session' }
  | { readonly do: 'check-server'; readonly address: string }
  | { readonly do: 'enter'; readonly server: string; readonly entrance: Entrance }
  /** Give up entering: the welcome screen has the word again. */
  | { readonly do: 'stop-entering' }
  /** Revoke who one is, and forget the session to come back to. */
  | { readonly do: 'sign-out' }
  /** Another nick for this guest. `seen`: the last seq of each open room. */
  | { readonly do: 'rename'; readonly nick: string; readonly seen: Readonly<Record<string, number>> }
  | { readonly do: 'change-password'; readonly current: string; readonly next: string }
  | { readonly do: 'reconnect' }
  | { readonly do: 'open-room'; readonly room: string; readonly password: string | undefined }
  | { readonly do: 'close-room'; readonly room: string }
  | { readonly do: 'leave-room'; readonly room: string }
  | {
      readonly do: 'create-room';
      readonly room: string;
      readonly kind: 'public' | 'private';
      readonly password: string | undefined;
      readonly title: string | undefined;
      /** What stands for it until it is there, see asked-rooms.ts. */
      readonly place: string | undefined;
    }
  | { readonly do: 'open-direct'; readonly nick: string; readonly text: string | undefined; readonly place: string }
  | { readonly do: 'invite'; readonly room: string; readonly nick: string }
  | { readonly do: 'set-topic'; readonly room: string; readonly topic: string }
  | { readonly do: 'list'; readonly of: 'rooms' | 'users' }
  | { readonly do: 'list-members'; readonly room: string; readonly quietly: boolean }
  | { readonly do: 'measure-ping' }
  | { readonly do: 'send'; readonly room: string; readonly text: string }
  | { readonly do: 'retry' | 'discard'; readonly cids: readonly string[] }
  | { readonly do: 'edit-message'; readonly room: string; readonly seq: number; readonly text: string }
  | { readonly do: 'delete-message'; readonly room: string; readonly seq: number }
  | { readonly do: 'page-older'; readonly room: string; readonly before: number }
  | { readonly do: 'page-on'; readonly room: string; readonly after: number }
  | { readonly do: 'mark-read'; readonly room: string; readonly seq: number }
  | { readonly do: 'say-typing'; readonly room: string }
  | { readonly do: 'scroll'; readonly move: ScrollMove }
  /** Call for attention: a bell, and a notification where the terminal has them. */
  | { readonly do: 'notify'; readonly title: string; readonly body: string }
  | { readonly do: 'set-theme'; readonly theme: ThemeWish }
  | { readonly do: 'repaint'; readonly size: Size }
  /** Back to the shell, until it brings the client to the foreground again. */
  | { readonly do: 'suspend' }
  | { readonly do: 'exit' };

/** What the screen does, once it shows the state that it belongs to. */
export type ScreenEffect = Extract<Effect, { do: (typeof OF_SCREEN)[number] }>;

/** What is done outside of it: by the client, or at the server. */
export type ServerEffect = Exclude<Effect, ScreenEffect>;

const OF_SCREEN = ['scroll', 'repaint', 'set-theme', 'notify', 'suspend', 'exit'] as const;

export const isOfScreen = (effect: Effect): effect is ScreenEffect =>
  (OF_SCREEN as readonly Effect['do'][]).includes(effect.do);
