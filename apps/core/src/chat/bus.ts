/**
 * What one part of the core tells all others, on every replica. Here is the local one: with a single process everyone is
 * in earshot. The bus over Redis (redis/redis-bus.ts) reaches other replicas too; the log stays the truth, so a message
 * that gets lost costs a delay, never an event.
 */
import type { Author, Room, RoomKind, You } from '@parley/protocol';
import type { EventBatch } from './event-batch.ts';
import type { Report } from './expected-failure.ts';

export interface CreatedRoom {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly topic: string;
  readonly kind: RoomKind;
}

/** Someone has become a member of a room, or is none any more. */
export interface MemberChange {
  readonly type: 'member.joined' | 'member.left';
  readonly user: Author;
}

export type BusMessage =
  /** Committed events of one room, for those who read it. Those of other replicas come only for rooms in `follow`. */
  | { readonly kind: 'events'; readonly roomId: string; readonly batch: EventBatch }
  /** What committed events have changed about who is in a room, up to `lastSeq`. Comes after the events. */
  | {
      readonly kind: 'members';
      readonly roomId: string;
      readonly lastSeq: number;
      readonly messages: number;
      readonly changes: readonly MemberChange[];
    }
  /** A room's log has grown; of other replicas' commits that follow each other closely the last may stand for all. */
  | {
      readonly kind: 'activity';
      readonly roomId: string;
      readonly room: string;
      readonly lastSeq: number;
      readonly messages: number;
      /** Who is online and named by what is new; left out for nobody. */
      readonly mentioned?: readonly string[];
    }
  /** Of these rooms, or of new ones, not all may have been told here: a commit's answer was lost, or other replicas were not heard yet. */
  | { readonly kind: 'doubt'; readonly roomIds: readonly string[] }
  /** The database is back with an older state: the room's log ended here, before what is known of it and was shown. */
  | { readonly kind: 'rewound'; readonly roomId: string; readonly lastSeq: number; readonly messages: number }
  /** For a while other replicas were not heard. */
  | { readonly kind: 'restored' }
  /** A user's first connection on a replica is up, with the rooms they are a member of; or their last one is gone. */
  | {
      readonly kind: 'online';
      readonly replica: string;
      readonly user: You;
      readonly roomIds: readonly string[];
      /** Rooms they are no longer in, as far as nobody has told. */
      readonly leftRoomIds?: readonly string[];
    }
  | { readonly kind: 'offline'; readonly replica: string; readonly userId: string }
  /**
   * Members come without an event: direct rooms. `pair` are the two, who opened it first: they alone know of it until someone
   * has written there.
   */
  | { readonly kind: 'direct.opened'; readonly room: CreatedRoom; readonly pair: readonly [Author, Author] }
  | { readonly kind: 'room.created'; readonly room: CreatedRoom; readonly by: Author }
  /** The user has become a member of a room by the connection `connectionId`: their others should show it. */
  | { readonly kind: 'room.entered'; readonly userId: string; readonly room: Room; readonly connectionId: string }
  | { readonly kind: 'typing'; readonly roomId: string; readonly user: Author }
  /** A read mark moved. `messages` of the room are read; `connectionId` is where it was said. */
  | {
      readonly kind: 'read';
      readonly userId: string;
      readonly roomId: string;
      readonly room: string;
      readonly seq: number;
      readonly messages: number;
      readonly connectionId: string | undefined;
    }
  | { readonly kind: 'notice'; readonly userId: string; readonly text: string };

/** The message of one kind. */
export type BusMessageOf<Kind extends BusMessage['kind']> = Extract<BusMessage, { readonly kind: Kind }>;

/** Someone is in a room from now on, or is no more. */
export interface Move {
  readonly roomId: string;
  readonly userId: string;
  readonly isInside: boolean;
}

/** Who comes into which room by this message, and who goes. */
export function movesOf(message: BusMessage): readonly Move[] {
  switch (message.kind) {
    case 'members': {
      const { roomId, changes } = message;
      return changes.map(({ type, user }) => ({ roomId, userId: user.id, isInside: type === 'member.joined' }));
    }
    case 'direct.opened':
      return [{ roomId: message.room.id, userId: message.pair[0].id, isInside: true }];
    case 'room.created':
      return [{ roomId: message.room.id, userId: message.by.id, isInside: true }];
    default:
      return NO_MOVES;
  }
}

const NO_MOVES: readonly Move[] = [];

export interface Bus {
  /** Names this process among the replicas. */
  readonly replica: string;
  /** Reaches the listeners here before it returns, and other replicas soon. Never throws. */
  publish(message: BusMessage): void;
  /** Calls back with every message, in order; returns what ends that. */
  subscribe(listener: (message: BusMessage) => void): () => void;
  /** Brings the events of a room from other replicas too, until what is returned is called. */
  follow(roomId: string): () => void;
  /** Whether there may be other replicas. */
  readonly isShared: boolean;
  /** Whether what others say comes through now. */
  readonly isHeard: boolean;
  close(): Promise<void>;
}

export class LocalBus implements Bus {
  readonly replica: string;
  readonly isShared = false;
  readonly isHeard = true;
  readonly #listeners = new Set<(message: BusMessage) => void>();
  readonly #report: Report;

  constructor(options: { replica: string; report: Report }) {
    this.replica = options.replica;
    this.#report = options.report;
  }

  publish(message: BusMessage): void {
    for (const listener of this.#listeners) {
      try {
        listener(message);
      } catch (error) {
        // One listener's bug must not keep the others from hearing.
        this.#report(error, `could not take a message about ${message.kind}`);
      }
    }
  }

  subscribe(listener: (message: BusMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All events are this process's own. */
  follow(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }
}
