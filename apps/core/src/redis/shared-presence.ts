/**
 * How replicas tell each other through Redis who is online. Each keeps a hash of its people there, which expires unless it is
 * refreshed, and announces every change of it (own-presence.ts); the others keep a copy and tell the bus at their place
 * (other-replicas.ts). Knows no rooms' readers.
 *
 *   <keyPrefix>:online:<replica>   user id → their nick and rooms; '' → the version. Expires 15 s after the last refresh
 *   <keyPrefix>:replicas           the replicas that may have one
 *   <keyPrefix>:presence           changes: from one version to the next. A copy of another version is read anew
 *
 * Invariants: hash, version and announcement change in one transaction; a copy is thrown away when its hash has been gone
 * for so long that its replica would have written it again, and Redis has been back long enough for every replica to do so.
 */
import type { You } from '@parley/protocol';
import type { Report } from '../chat/expected-failure.ts';
import type { RedisBus } from './redis-bus.ts';
import type { RedisLink } from './redis-link.ts';

/** How long a replica that died stays online. */
export const EXPIRY_SECONDS = 15;
/** How often a replica's own is looked after: what Redis has forgotten is written again. */
export const REFRESH_MS = 4000;
/** Reading and writing everyone may take longer than a hint. */
export const TIMEOUT_MS = 5000;
export const VERSION_FIELD = '';

export interface OnlineUser {
  readonly user: You;
  readonly roomIds: readonly string[];
}

export interface Announcement {
  readonly replica: string;
  /** The version before and after; the same for a mere sign of life. */
  readonly from: number;
  readonly version: number;
  readonly online: readonly OnlineUser[];
  readonly offline: readonly string[];
  /** The replica says goodbye. */
  readonly gone?: boolean;
}

export interface SharedPresenceOptions {
  readonly link: RedisLink;
  readonly bus: RedisBus;
  readonly keyPrefix: string;
  readonly report: Report;
}

/** The names in Redis, as above. */
export class PresenceKeys {
  readonly replicas: string;
  readonly channel: string;
  readonly #keyPrefix: string;

  constructor(keyPrefix: string) {
    this.replicas = `${keyPrefix}:replicas`;
    this.channel = `${keyPrefix}:presence`;
    this.#keyPrefix = keyPrefix;
  }

  /** The key of a replica's hash. */
  hash(replica: string): string {
    return `${this.#keyPrefix}:online:${replica}`;
  }
}
