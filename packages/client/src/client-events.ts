/** What a client tells those who listen. */
import type { ChatError, Hint, Room, RoomEvent, RoomJoined } from '@parley/protocol';
import type { ConnectionState } from './connection-state.ts';
import type { Gap } from './live-rooms.ts';
import type { PendingChange } from './outbox.ts';

/** The values that each listener gets, by name. */
export interface ClientEvents {
  state: [state: ConnectionState, before: ConnectionState];
  /** Events of one live room, at least one: per room ascending, once, without a gap. */
  events: [events: readonly RoomEvent[]];
  hint: [hint: Hint];
  /**
   * A room was joined, made or opened: before any of its events. Its `events` are where the room begins; what follows
   * (all of it, when the room was live already or joined with `since`) comes as `events`.
   */
  joined: [joined: RoomJoined];
  /** One of one's own rooms is new or changed. */
  room: [room: Room];
  /** One's own room no longer: left, removed, or unreadable. */
  roomGone: [room: string];
  pending: [change: PendingChange];
  gap: [gap: Gap];
  /** An error that answers no request. */
  error: [error: ChatError];
}
