/** What can happen to the terminal client: everything that `transition` reacts to. */
import type { ConnectionState } from '@parley/client';
import type { ErrorCode, Hint, Member, Room, RoomEvent, You } from '@parley/protocol';
import type { InputEvent } from '@parley/terminal';
import type { Size } from '../layout/geometry.ts';
import type { Draft } from './draft.ts';
import type { Glimpse, ListPopupRow, PendingReport, Tone, Viewport } from './state.ts';

/** A room's answer to being opened. */
export interface OpenedRoom {
  readonly room: Room;
  readonly members: readonly Member[];
  readonly total: number;
  readonly events: readonly RoomEvent[];
  readonly more: boolean;
}

export type Action =
  | { readonly type: 'started'; readonly now: number }
  | { readonly type: 'resized'; readonly size: Size }
  /** `people`: those who stood in the members pane when it was painted last, which may be later than they are known. */
  | {
      readonly type: 'input';
      readonly input: InputEvent;
      readonly now: number;
      readonly people?: readonly Member[] | undefined;
    }
  /** A whole line, where there are no keys; piped: nobody has typed it. */
  | { readonly type: 'line'; readonly text: string; readonly now: number; readonly isPiped?: boolean }
  /** What a popup says has been said otherwise. */
  | { readonly type: 'popup.closed' }
  /** Time passed that `nextTick` had asked for. */
  | { readonly type: 'ticked'; readonly now: number }
  | { readonly type: 'server.answered'; readonly server: string }
  /** Signing in, the server's address or coming back did not work. */
  | { readonly type: 'welcome.failed'; readonly words: string }
  | { readonly type: 'welcome.progressed'; readonly words: string }
  /** A session of before was found; the connection follows. */
  | {
      readonly type: 'session.found';
      readonly you: You;
      readonly room: string | undefined;
      readonly drafts: ReadonlyMap<string, Draft>;
      readonly anchor: number | undefined;
    }
  | { readonly type: 'session.missing' }
  /** Others in this process are where one is about to be. */
  | { readonly type: 'glimpsed'; readonly glimpse: Glimpse }
  /** Signing out is over; `problem`: what went wrong with it. */
  | { readonly type: 'signed.out'; readonly problem: string | undefined }
  | { readonly type: 'connection'; readonly connection: ConnectionState; readonly now: number }
  /** One's own rooms, as they are when this is performed. */
  | { readonly type: 'rooms'; readonly rooms: ReadonlyMap<string, Room> }
  /** A room was joined. `fresh`: its events are where the room begins; else it was followed already. */
  | { readonly type: 'room.opened'; readonly opened: OpenedRoom; readonly fresh: boolean }
  /** A room that was made or opened for its person is to be shown, where `place` stood for it if anything did. */
  | { readonly type: 'room.show'; readonly room: string; readonly place: string | undefined }
  | { readonly type: 'room.refused'; readonly room: string; readonly code: ErrorCode; readonly words: string }
  | { readonly type: 'events'; readonly events: readonly RoomEvent[]; readonly now: number }
  | { readonly type: 'hint'; readonly hint: Hint; readonly now: number }
  | { readonly type: 'pending'; readonly room: string; readonly pending: readonly PendingReport[] }
  /** The page right before an event's seq. */
  | {
      readonly type: 'paged';
      readonly room: string;
      readonly before: number;
      readonly events: readonly RoomEvent[];
      readonly more: boolean;
    }
  /** The page right after an event's seq. */
  | {
      readonly type: 'paged.on';
      readonly room: string;
      readonly after: number;
      readonly events: readonly RoomEvent[];
    }
  | { readonly type: 'page.failed'; readonly room: string; readonly words: string }
  | { readonly type: 'members'; readonly room: string; readonly members: readonly Member[]; readonly total: number }
  | {
      readonly type: 'listed';
      readonly of: 'rooms' | 'users' | 'members';
      readonly rows: readonly ListPopupRow[];
      readonly total: number;
    }
  | { readonly type: 'list.failed'; readonly of: 'rooms' | 'users' | 'members'; readonly words: string }
  /** What a command came to, in words; `keep`: also as a line among the messages. */
  | {
      readonly type: 'noted';
      readonly tone: Tone;
      readonly words: string;
      readonly keep: boolean;
      readonly now: number;
    }
  /** The message pane moved, or what it shows changed; `nearTop`: older messages are wanted. */
  | { readonly type: 'viewport'; readonly viewport: Viewport; readonly nearTop: boolean };

/** The action of one type. */
export type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>;
