/** What is known here of those who are online on other replicas (shared-presence.ts): copies of their hashes, told on the bus. */
import {
  type Announcement,
  EXPIRY_SECONDS,
  type OnlineUser,
  PresenceKeys,
  REFRESH_MS,
  type SharedPresenceOptions,
  TIMEOUT_MS,
  VERSION_FIELD,
} from './shared-presence.ts';

const LOOK_MS = 1000;
/** A hash that Redis has dropped, by FLUSHALL say, is there again within this time if its replica lives. */
const ABSENCE_MS = REFRESH_MS + 2 * LOOK_MS;

/** What is known here of another replica. */
interface Copy {
  version: number;
  people: Map<string, OnlineUser>;
}

export class OtherReplicas {
  readonly #options: SharedPresenceOptions;
  readonly #keys: PresenceKeys;
  readonly #copies = new Map<string, Copy>();
  /** When a replica's hash was first found to be gone. */
  readonly #missedAt = new Map<string, number>();
  /** Replicas that are being read, with the newest version that was announced meanwhile. */
  readonly #reading = new Map<string, number>();
  readonly #releases: (() => void)[];
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  #closed = false;

  constructor(options: SharedPresenceOptions) {
    const { link, keyPrefix } = options;
    this.#options = options;
    this.#keys = new PresenceKeys(keyPrefix);
    this.#releases = [
      link.subscribe(this.#keys.channel, (payload) => this.#take(payload)),
      link.onChange((state) => {
        if (state === 'ready') void this.look();
      }),
    ];
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.look();
  }

  /** Finds replicas that are new, and those that are gone; resolves also when Redis is away. */
  async look(): Promise<void> {
    const { link, bus } = this.#options;
    if (this.#isLooking || !link.isReady) return;
    this.#isLooking = true;
    try {
      const listed = await link.run((client) => client.sMembers(this.#keys.replicas));
      if (listed === undefined) return;
      const others = new Set([...listed, ...this.#copies.keys()]);
      others.delete(bus.replica);
      await Promise.all([...others].map((replica) => this.#lookAt(replica)));
    } finally {
      this.#isLooking = false;
    }
  }

  /** Hears no more. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const release of this.#releases) release();
  }

  #take(payload: string): void {
    const { bus, report } = this.#options;
    let announced: Announcement;
    try {
      announced = JSON.parse(payload) as Announcement;
    } catch (error) {
      report(error, 'could not read who is online elsewhere');
      return;
    }
    const { replica, from, version } = announced;
    if (replica === bus.replica || this.#closed) return;
    if (announced.gone === true) {
      this.#forget(replica);
      return;
    }
    const reading = this.#reading.get(replica);
    if (reading !== undefined) this.#reading.set(replica, Math.max(reading, version));
    const copy = this.#copies.get(replica);
    if (copy !== undefined && version <= copy.version) return;
    if (copy === undefined || from !== copy.version) {
      void this.#read(replica);
      return;
    }
    copy.version = version;
    for (const userId of announced.offline) this.#setOffline(replica, copy, userId);
    for (const person of announced.online) this.#setOnline(replica, copy, person);
  }

  async #lookAt(replica: string): Promise<void> {
    const { link } = this.#options;
    const there = await link.run((client) => client.exists(this.#keys.hash(replica)));
    if (there === undefined) return;
    if (there > 0) {
      this.#missedAt.delete(replica);
      if (!this.#copies.has(replica)) await this.#read(replica);
      return;
    }
    const now = performance.now();
    const missedAt = this.#missedAt.get(replica) ?? now;
    this.#missedAt.set(replica, missedAt);
    const isGone = now - missedAt >= ABSENCE_MS && link.readyForMs > EXPIRY_SECONDS * 1000;
    if (isGone || !this.#copies.has(replica)) {
      this.#forget(replica);
      await link.run((client) => client.sRem(this.#keys.replicas, replica));
    }
  }

  /** Takes over a replica's hash, again for as long as it changes meanwhile. */
  async #read(replica: string): Promise<void> {
    if (this.#reading.has(replica)) return;
    const { link, report } = this.#options;
    this.#reading.set(replica, 0);
    try {
      for (;;) {
        const options = { timeoutMs: TIMEOUT_MS };
        const hash = await link.run((client) => client.hGetAll(this.#keys.hash(replica)), options);
        const { [VERSION_FIELD]: version, ...people } = hash ?? {};
        if (version === undefined || this.#closed) return;
        this.#takeAll(replica, Number(version), people);
        if ((this.#reading.get(replica) ?? 0) <= Number(version)) return;
      }
    } catch (error) {
      report(error, 'could not read who is online elsewhere');
    } finally {
      this.#reading.delete(replica);
    }
  }

  #takeAll(replica: string, version: number, hash: Readonly<Record<string, string>>): void {
    const before = this.#copies.get(replica)?.people ?? new Map<string, OnlineUser>();
    const copy: Copy = { version, people: before };
    this.#copies.set(replica, copy);
    for (const userId of before.keys()) if (hash[userId] === undefined) this.#setOffline(replica, copy, userId);
    for (const text of Object.values(hash)) this.#setOnline(replica, copy, JSON.parse(text) as OnlineUser);
  }

  #setOnline(replica: string, copy: Copy, person: OnlineUser): void {
    const { user, roomIds } = person;
    const leftRoomIds = copy.people.get(user.id)?.roomIds.filter((roomId) => !roomIds.includes(roomId)) ?? [];
    copy.people.set(user.id, person);
    this.#options.bus.publishHere({ kind: 'online', replica, user, roomIds, leftRoomIds });
  }

  #setOffline(replica: string, copy: Copy, userId: string): void {
    if (copy.people.delete(userId)) this.#options.bus.publishHere({ kind: 'offline', replica, userId });
  }

  #forget(replica: string): void {
    const copy = this.#copies.get(replica);
    this.#copies.delete(replica);
    this.#missedAt.delete(replica);
    for (const userId of copy?.people.keys() ?? []) this.#options.bus.publishHere({ kind: 'offline', replica, userId });
  }
}
