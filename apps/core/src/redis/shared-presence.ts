/**
 * Who is online on the other replicas. Each replica keeps a hash of its people in Redis, which expires unless it is
 * refreshed, and announces every change of it; the others keep a copy and tell the bus here. Knows no rooms' readers.
 *
 *   <space>:online:<replica>   user id → their nick and rooms; '' → the version. Expires 15 s after the last refresh
 *   <space>:replicas           the replicas that may have one
 *   <space>:presence           changes: from one version to the next. A copy of another version is read anew
 *
 * Invariants: hash, version and announcement change in one transaction; a copy is thrown away when its hash is gone, but
 * not before Redis has been back long enough for every replica to have written its own again.
 */
import type { You } from '@parley/protocol';
import type { BusMessage } from '../chat/bus.ts';
import type { RedisBus } from './redis-bus.ts';
import type { RedisLink } from './redis-link.ts';
import { OwnPeople } from './own-people.ts';

/** How long a replica that died stays online. */
const EXPIRY_SECONDS = 15;
const REFRESH_MS = 4000;
const LOOK_MS = 1000;
/** Changes of so long travel together. */
const GATHER_MS = 25;
const PEOPLE_AT_ONCE = 500;
/** Reading and writing everyone may take longer than a hint. */
const PATIENCE_MS = 5000;
const VERSION_FIELD = '';

export interface OnlineUser {
  readonly user: You;
  readonly roomIds: readonly string[];
}

interface Announcement {
  readonly replica: string;
  /** The version before and after; the same for a mere sign of life. */
  readonly from: number;
  readonly version: number;
  readonly online: readonly OnlineUser[];
  readonly offline: readonly string[];
  /** The replica says goodbye. */
  readonly gone?: boolean;
}

/** What is known here of another replica. */
interface Copy {
  version: number;
  people: Map<string, OnlineUser>;
}

export interface SharedPresenceOptions {
  readonly link: RedisLink;
  readonly bus: RedisBus;
  readonly space: string;
  readonly report: (error: unknown, what: string) => void;
}

export class SharedPresence {
  readonly #link: RedisLink;
  readonly #bus: RedisBus;
  readonly #space: string;
  readonly #report: SharedPresenceOptions['report'];
  readonly #own: OwnPeople;
  readonly #copies = new Map<string, Copy>();
  /** Replicas that are being read, with the newest version that was announced meanwhile. */
  readonly #reading = new Map<string, number>();
  readonly #releases: (() => void)[];
  readonly #lookTimer: NodeJS.Timeout;
  #version = 0;
  #isWritten = false;
  #refreshedAt = -Infinity;
  #writing: Promise<void> | undefined;
  #gatherTimer: NodeJS.Timeout | undefined;
  #looking = false;
  #state: 'open' | 'closed' = 'open';

  constructor({ link, bus, space, report }: SharedPresenceOptions) {
    this.#link = link;
    this.#bus = bus;
    this.#space = space;
    this.#report = report;
    this.#own = new OwnPeople(bus.replica);
    this.#releases = [
      bus.subscribe((message) => this.#noteOwn(message)),
      link.hear(`${space}:presence`, (payload) => this.#take(payload)),
      link.onChange((state) => {
        if (state === 'ready') this.#work();
      }),
    ];
    this.#lookTimer = setInterval(() => this.#work(), LOOK_MS);
    this.#lookTimer.unref();
    this.#work();
  }

  /** Reads all other replicas once; resolves also when Redis is away. */
  async settle(): Promise<void> {
    await Promise.all([this.#look(), this.#write()]);
  }

  /** Says goodbye: this replica's people are offline. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#lookTimer);
    clearTimeout(this.#gatherTimer);
    for (const release of this.#releases) release();
    await this.#writing;
    const { replica } = this.#bus;
    const goodbye = this.#announcement({ from: this.#version, version: this.#version, gone: true });
    await this.#link.run(
      (client) =>
        client
          .multi()
          .del(this.#keyOf(replica))
          .sRem(this.#replicasKey, replica)
          .publish(`${this.#space}:presence`, goodbye)
          .exec(),
      { patienceMs: 500 },
    );
  }

  get #replicasKey(): string {
    return `${this.#space}:replicas`;
  }

  #keyOf(replica: string): string {
    return `${this.#space}:online:${replica}`;
  }

  #announcement(fields: Partial<Announcement>): string {
    return JSON.stringify({
      replica: this.#bus.replica,
      from: 0,
      version: 0,
      online: [],
      offline: [],
      ...fields,
    } satisfies Announcement);
  }

  #work(): void {
    if (this.#state === 'closed' || !this.#link.isReady) return;
    const isDue = performance.now() - this.#refreshedAt >= REFRESH_MS;
    if (isDue || this.#own.hasChanges || !this.#isWritten) void this.#write();
    void this.#look();
  }

  // --- what is told of this replica

  #noteOwn(message: BusMessage): void {
    this.#own.note(message);
    this.#gather();
  }

  #gather(): void {
    if (!this.#own.hasChanges || this.#gatherTimer !== undefined || !this.#link.isReady) return;
    this.#gatherTimer = setTimeout(() => {
      this.#gatherTimer = undefined;
      void this.#write();
    }, GATHER_MS);
  }

  /** Writes what has changed, or a sign of life; one write at a time. Never rejects. */
  async #write(): Promise<void> {
    if (this.#writing !== undefined || this.#state === 'closed' || !this.#link.isReady) return this.#writing;
    this.#writing = (this.#isWritten ? this.#writeChanges() : this.#writeAll()).catch((error: unknown) => {
      this.#isWritten = false;
      this.#report(error, 'could not tell other replicas who is online');
    });
    await this.#writing;
    this.#writing = undefined;
    if (this.#isWritten) this.#gather();
  }

  async #writeAll(): Promise<void> {
    this.#own.takeChanges();
    const people = this.#own.all();
    this.#version += 1;
    await this.#commit({ from: -1, people, removed: [], afresh: true });
  }

  async #writeChanges(): Promise<void> {
    const { changed, removed } = this.#own.takeChanges();
    const from = this.#version;
    if (changed.length + removed.length > 0) this.#version += 1;
    await this.#commit({ from, people: changed, removed, afresh: false });
  }

  async #commit(change: { from: number; people: OnlineUser[]; removed: string[]; afresh: boolean }): Promise<void> {
    const { from, people, removed, afresh } = change;
    const key = this.#keyOf(this.#bus.replica);
    const version = this.#version;
    // A whole replica is read from its hash: no message is to grow with it.
    const told = afresh ? {} : { online: people, offline: removed };
    const announcement = this.#announcement({ from, version, ...told });
    const replies = await this.#link.run(
      (client) => {
        const transaction = client.multi();
        if (afresh) transaction.del(key);
        transaction.expire(key, EXPIRY_SECONDS);
        for (let start = 0; start < people.length; start += PEOPLE_AT_ONCE) {
          const some = people.slice(start, start + PEOPLE_AT_ONCE);
          transaction.hSet(key, Object.fromEntries(some.map((each) => [each.user.id, JSON.stringify(each)])));
        }
        if (removed.length > 0) transaction.hDel(key, removed);
        transaction
          .hSet(key, VERSION_FIELD, String(version))
          .expire(key, EXPIRY_SECONDS)
          .sAdd(this.#replicasKey, this.#bus.replica)
          .publish(`${this.#space}:presence`, announcement);
        return transaction.exec();
      },
      { bytes: 300 * (people.length + removed.length + 1), patienceMs: PATIENCE_MS },
    );
    // The first `expire` tells whether the hash was still there: what Redis forgot is written whole next.
    this.#isWritten = replies !== undefined && (afresh || Number(replies[0]) === 1);
    if (this.#isWritten) this.#refreshedAt = performance.now();
  }

  // --- what is known of the others

  #take(payload: string): void {
    let announced: Announcement;
    try {
      announced = JSON.parse(payload) as Announcement;
    } catch (error) {
      this.#report(error, 'could not read who is online elsewhere');
      return;
    }
    const { replica, from, version } = announced;
    if (replica === this.#bus.replica || this.#state === 'closed') return;
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

  /** Finds replicas that are new, and those that are gone. */
  async #look(): Promise<void> {
    if (this.#looking || !this.#link.isReady) return;
    this.#looking = true;
    try {
      const listed = await this.#link.run((client) => client.sMembers(this.#replicasKey));
      if (listed === undefined) return;
      const others = new Set([...listed, ...this.#copies.keys()]);
      others.delete(this.#bus.replica);
      await Promise.all([...others].map((replica) => this.#lookAt(replica)));
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt(replica: string): Promise<void> {
    const there = await this.#link.run((client) => client.exists(this.#keyOf(replica)));
    if (there === undefined) return;
    if (there > 0) {
      if (!this.#copies.has(replica)) await this.#read(replica);
    } else if (this.#link.readyForMs > EXPIRY_SECONDS * 1000 || !this.#copies.has(replica)) {
      this.#forget(replica);
      await this.#link.run((client) => client.sRem(this.#replicasKey, replica));
    }
  }

  /** Takes over a replica's hash, again for as long as it changes meanwhile. */
  async #read(replica: string): Promise<void> {
    if (this.#reading.has(replica)) return;
    this.#reading.set(replica, 0);
    try {
      for (;;) {
        const options = { patienceMs: PATIENCE_MS };
        const hash = await this.#link.run((client) => client.hGetAll(this.#keyOf(replica)), options);
        const { [VERSION_FIELD]: version, ...people } = hash ?? {};
        if (version === undefined || this.#state === 'closed') return;
        this.#takeAll(replica, Number(version), people);
        if ((this.#reading.get(replica) ?? 0) <= Number(version)) return;
      }
    } catch (error) {
      this.#report(error, 'could not read who is online elsewhere');
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
    this.#bus.publishHere({ kind: 'online', replica, user, roomIds, leftRoomIds });
  }

  #setOffline(replica: string, copy: Copy, userId: string): void {
    if (copy.people.delete(userId)) this.#bus.publishHere({ kind: 'offline', replica, userId });
  }

  #forget(replica: string): void {
    const copy = this.#copies.get(replica);
    this.#copies.delete(replica);
    for (const userId of copy?.people.keys() ?? []) this.#bus.publishHere({ kind: 'offline', replica, userId });
  }
}
