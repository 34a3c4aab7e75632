/**
 * Rooms, who is in them, who is invited, and how far each person has read. Joining, leaving and topics are events and
 * go through the log (event-log.ts). In an open room, the lobby, everyone is, without a membership.
 */
import { randomUUID } from 'node:crypto';
import { type Database, toRowId, toRowIds } from './database.ts';
import { Batcher, type BatchedReads, coalesced } from './batcher.ts';
import { INVITED, marksOf, MEMBERSHIPS, OF_USERS, OWN_MATCHING, patternOf, PUBLIC, SEEN } from './room-lists.ts';
import { type RoomColumns, type RoomForUser, type RoomRow, toRoomForUser, toRoomRow } from './room-rows.ts';

export interface NewRoom {
  slug: string;
  /** The folded slug: unique. */
  key: string;
  title: string;
  topic: string;
  kind: 'public' | 'private';
  passwordHash?: string | undefined;
  creator: { id: string; nick: string };
}

interface RoomMember {
  userId: string;
  nick: string;
  guest: boolean;
}

/** Where a room's log ends, with what a hint about it needs. */
export interface LogHead {
  roomId: string;
  /** The slug. */
  room: string;
  lastSeq: number;
  /** Messages in the room. */
  messages: number;
}

export interface MemberPage {
  rows: RoomMember[];
  total: number;
  more: boolean;
}

/** Names of rooms that one is invited to. */
const NAMES_LIMIT = 500;

const FOR_USERS = `
  select asked.n, ${SEEN}
  from unnest($1::bigint[], $2::bigint[]) with ordinality as asked(room_id, user_id, n)
  join rooms on rooms.id = asked.room_id ${marksOf('asked.user_id')}`;

/** A direct room that is written in does not count: it can't be left, and others may have opened it. */
const OWN_COUNTS = `
  select read_marks.user_id, count(*) as rooms
  from read_marks
  join memberships on memberships.room_id = read_marks.room_id and memberships.user_id = read_marks.user_id
  join rooms on rooms.id = read_marks.room_id
  where read_marks.user_id = any ($1::bigint[]) and (rooms.kind <> 'direct' or rooms.message_count = 0)
  group by read_marks.user_id`;

/** Someone is in a room, and has read so many of its messages. */
export interface Membership {
  userId: string;
  roomId: string;
  messagesRead: number;
}

interface RoomAndUser {
  readonly room: number;
  readonly user: number;
}

/**
 * In the order of the keys, so that replicas never wait for each other. greatest() of the pair: the counts grow with the
 * seqs, so the higher mark has the higher count.
 */
const MARK = `
  with asked as materialized (
    select asked.n, asked.user_id, asked.seq, rooms.id, rooms.message_count,
      coalesce((select messages from events where room_id = rooms.id and seq = asked.seq), 0) as messages
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality as asked(room_id, user_id, seq, n)
    join rooms on rooms.id = asked.room_id and rooms.last_seq >= asked.seq
  ), marked as (
    insert into read_marks (user_id, room_id, read_seq, read_messages)
    select user_id, id, seq, messages from asked order by user_id, id
    on conflict (user_id, room_id) do update set
      read_seq = greatest(read_marks.read_seq, excluded.read_seq),
      read_messages = greatest(read_marks.read_messages, excluded.read_messages)
    returning user_id, room_id, read_seq, read_messages
  )
  select asked.n, marked.read_seq, marked.read_messages, asked.message_count - marked.read_messages as unread
  from asked join marked on marked.user_id = asked.user_id and marked.room_id = asked.id`;

interface WantedMark extends RoomAndUser {
  readonly seq: number;
}

/** Where a user's mark is: its seq, the messages up to it, and the unread ones after it. */
export interface ReadMark {
  readonly readSeq: number;
  readonly readMessages: number;
  readonly unread: number;
}

/** In a lively room everybody's mark moves every few seconds, each of which would be a commit beside the messages'. */
const MARKS_MS = 100;

export class Rooms {
  readonly #database: Database;
  readonly #listsOfUsers: Batcher<number, RoomForUser[]>;
  readonly #ownCounts: Batcher<number, number>;
  readonly #readsForUsers: Batcher<RoomAndUser, RoomForUser | undefined>;
  readonly #marks: Batcher<WantedMark, ReadMark | 'beyond_head'>;
  readonly #heads: Batcher<readonly string[], ReadonlyMap<string, LogHead>>;
  readonly #firstMembers: BatchedReads<MemberPage>;

  constructor(database: Database) {
    this.#database = database;
    this.#listsOfUsers = new Batcher({ run: (userIds) => this.#ofUsers(userIds) });
    this.#ownCounts = new Batcher({ run: (userIds) => this.#countOwn(userIds) });
    this.#readsForUsers = new Batcher({ run: (pairs) => this.#forUsers(pairs) });
    this.#marks = new Batcher({
      run: (asked) => this.#mark(asked),
      keysOf: ({ room, user }) => [`${user} ${room}`],
      gatherMs: MARKS_MS,
    });
    this.#heads = new Batcher({ run: (asked) => this.#headsOf(asked) });
    this.#firstMembers = new Batcher(coalesced(({ roomId, limit }) => this.#membersAfter(roomId, 0, limit)));
  }

  /** Makes a room with its creator in it: seq 1 is their `member.joined`. */
  create(room: NewRoom): Promise<{ room: RoomRow } | 'exists'> {
    return this.#database.transaction(async (transaction) => {
      const made = await transaction.sql<{ id: number }>(
        `insert into rooms (slug, key, title, topic, kind, password_hash) values ($1, $2, $3, $4, $5, $6)
         on conflict (key) do nothing returning id`,
        [room.slug, room.key, room.title, room.topic, room.kind, room.passwordHash ?? null],
      );
      const id = made[0]?.id;
      if (id === undefined) return 'exists';
      const join = {
        n: 0,
        room: id,
        sender: toRowId(room.creator.id),
        nick: room.creator.nick,
        cid: randomUUID(),
        type: 'member.joined',
      };
      await transaction.sql('select from append_events($1)', [JSON.stringify([join])]);
      const rows = await transaction.sql<RoomColumns>('select * from rooms where id = $1', [id]);
      const row = rows.map(toRoomRow)[0];
      if (row === undefined) throw new Error('A room was not there in the transaction that made it.');
      return { room: row };
    });
  }

  /** The room with this folded slug. */
  async bySlug(key: string): Promise<RoomRow | undefined> {
    const rows = await this.#database.sql<RoomColumns>('select * from rooms where key = $1', [key]);
    return rows.map(toRoomRow)[0];
  }

  /** The user's own rooms, as `ofUser` has them; those whose name or title contains `match`, the name in folded form. */
  async ownOf(userId: string, match?: string): Promise<RoomForUser[]> {
    if (match === undefined) return this.ofUser(userId);
    const rows = await this.#database.sql<RoomColumns>(OWN_MATCHING, [toRowId(userId) ?? null, patternOf(match)]);
    return rows.map(toRoomForUser);
  }

  /**
   * The rooms that the user is invited to and not in: at most INVITED_LIMIT, the newest of each who has made some first. With
   * `match` as `ownOf` has it; a room of that very name comes first.
   */
  async invitedTo(userId: string, match?: string): Promise<RoomForUser[]> {
    const rows = await this.#database.sql<RoomColumns>(INVITED, [
      toRowId(userId) ?? null,
      match === undefined ? null : patternOf(match),
      match ?? null,
    ]);
    return rows.map(toRoomForUser);
  }

  /**
   * The public rooms as nobody in particular sees them: the open ones, then those with the most members, PUBLIC_LIMIT in all.
   * With `match` as `invitedTo` has it; only then are there rooms that nobody is in.
   */
  async publicOnes(match?: string): Promise<RoomForUser[]> {
    const values = [match ?? null, match === undefined ? null : patternOf(match)];
    const rows = await this.#database.sql<RoomColumns>(PUBLIC, values);
    return rows.map(toRoomForUser);
  }

  /**
   * The rooms the user is in, open ones first, then by name: at most OWN_LIMIT, without the direct rooms that others opened
   * and nobody has written in.
   */
  async ofUser(userId: string): Promise<RoomForUser[]> {
    const rowId = toRowId(userId);
    return rowId === undefined ? [] : this.#listsOfUsers.ask(rowId);
  }

  /** How many rooms the user is in by their own acts: made, joined, or opened for two and not written in so far. */
  async countOwn(userId: string): Promise<number> {
    const rowId = toRowId(userId);
    return rowId === undefined ? 0 : this.#ownCounts.ask(rowId);
  }

  /** One room as the user sees it, whether they are in it or not. */
  async forUser(roomId: string, userId: string): Promise<RoomForUser | undefined> {
    const [room, user] = [toRowId(roomId), toRowId(userId)];
    return room === undefined || user === undefined ? undefined : this.#readsForUsers.ask({ room, user });
  }

  /**
   * The direct room of two people, made when it is not there yet. Both are in it; there are no member events. It is in the
   * opener's list from now on, in the other's once someone has written.
   */
  openDirect(openerId: string, otherId: string): Promise<RoomRow> {
    const opener = Number(openerId);
    const [low, high] = [opener, Number(otherId)].toSorted((a, b) => a - b);
    return this.#database.transaction(async (transaction) => {
      // The key is a placeholder until the id is known. A second opener waits on the unique pair and finds the room.
      await transaction.sql(
        `with made as (
           insert into rooms (slug, key, title, topic, kind, direct_low, direct_high, member_count)
           values ('@' || gen_random_uuid(), '@' || gen_random_uuid(), '', '', 'direct', $1::bigint, $2::bigint,
             case when $1::bigint = $2::bigint then 1 else 2 end)
           on conflict (direct_low, direct_high) do nothing returning id
         )
         insert into memberships (room_id, user_id)
         select distinct made.id, person from made, unnest(array[$1::bigint, $2::bigint]) as person`,
        [low, high],
      );
      await transaction.sql(
        `with marked as (
           insert into read_marks (room_id, user_id, read_seq, read_messages)
           select id, $3, 0, 0 from rooms where direct_low = $1 and direct_high = $2
           on conflict do nothing
         )
         update rooms set slug = '@' || id, key = '@' || id
         where direct_low = $1 and direct_high = $2 and key <> '@' || id`,
        [low, high, opener],
      );
      const rows = await transaction.sql<RoomColumns>(
        'select * from rooms where direct_low = $1 and direct_high = $2',
        [low, high],
      );
      const row = rows.map(toRoomRow)[0];
      if (row === undefined) throw new Error('A direct room was not there in the transaction that made it.');
      return row;
    });
  }

  /** Whether the direct room of two is in the first one's list already. */
  async hasDirect(userId: string, otherId: string): Promise<boolean> {
    const rows = await this.#database.sql(
      `select from rooms
       where direct_low = least($1::bigint, $2::bigint) and direct_high = greatest($1::bigint, $2::bigint)
         and (message_count > 0 or exists (select from read_marks where room_id = rooms.id and user_id = $1))`,
      [toRowId(userId) ?? null, toRowId(otherId) ?? null],
    );
    return rows.length > 0;
  }

  /** Members by id, those after the user `after`. An open room has no list: its `total` is 0. */
  members(roomId: string, { after, limit }: { after?: string | undefined; limit: number }): Promise<MemberPage> {
    return after === undefined
      ? this.#firstMembers.ask({ roomId, limit })
      : this.#membersAfter(roomId, toRowId(after) ?? 0, limit);
  }

  /** Who of these people is in which rooms, as `ofUser` has them. */
  async membershipsOf(userIds: readonly string[]): Promise<Membership[]> {
    const rows = await this.#database.sql<{ user_id: number; room_id: number; read_messages: number }>(MEMBERSHIPS, [
      toRowIds(userIds),
    ]);
    return rows.map((row) => ({
      userId: String(row.user_id),
      roomId: String(row.room_id),
      messagesRead: row.read_messages,
    }));
  }

  /** Lets the user join a private room, once. */
  async invite(roomId: string, userId: string): Promise<void> {
    await this.#database.sql('insert into invitations (room_id, user_id) values ($1, $2) on conflict do nothing', [
      toRowId(roomId),
      toRowId(userId),
    ]);
  }

  /** The slugs of the rooms that the user may join because someone has invited them, the newest invitation first. */
  async invitationsOf(userId: string): Promise<string[]> {
    const rows = await this.#database.sql<{ slug: string }>(
      `select rooms.slug from invitations join rooms on rooms.id = invitations.room_id
       where invitations.user_id = $1 order by invitations.created_at desc limit ${NAMES_LIMIT}`,
      [toRowId(userId) ?? null],
    );
    return rows.map(({ slug }) => slug);
  }

  async isInvited(roomId: string, userId: string): Promise<boolean> {
    const rows = await this.#database.sql('select from invitations where room_id = $1 and user_id = $2', [
      toRowId(roomId) ?? null,
      toRowId(userId) ?? null,
    ]);
    return rows.length > 0;
  }

  /**
   * Moves the user's mark forward, never back; answers where it is.
   */
  async markRead(roomId: string, userId: string, seq: number): Promise<ReadMark | 'beyond_head'> {
    const [room, user] = [toRowId(roomId), toRowId(userId)];
    return room === undefined || user === undefined ? 'beyond_head' : this.#marks.ask({ room, user, seq });
  }

  async #mark(asked: readonly WantedMark[]): Promise<(ReadMark | 'beyond_head')[]> {
    const rows = await this.#database.sql<{ n: number; read_seq: number; read_messages: number; unread: number }>(
      MARK,
      [asked.map(({ room }) => room), asked.map(({ user }) => user), asked.map(({ seq }) => seq)],
    );
    const marks: (ReadMark | 'beyond_head')[] = asked.map(() => 'beyond_head');
    for (const { n, read_seq: readSeq, read_messages: readMessages, unread } of rows) {
      marks[n - 1] = { readSeq, readMessages, unread: Math.max(0, unread) };
    }
    return marks;
  }

  /** The head of each room's log, by id; rooms that are not there are left out. Others' rooms may be among them. */
  heads(roomIds: readonly string[]): Promise<ReadonlyMap<string, LogHead>> {
    return this.#heads.ask(roomIds);
  }

  async #ofUsers(userIds: readonly number[]): Promise<RoomForUser[][]> {
    const rooms = new Map<number, RoomForUser[]>(userIds.map((id) => [id, []]));
    const rows = await this.#database.sql<RoomColumns & { viewer: number }>(OF_USERS, [[...rooms.keys()]]);
    for (const row of rows) rooms.get(row.viewer)?.push(toRoomForUser(row));
    return userIds.map((id) => rooms.get(id) ?? []);
  }

  async #countOwn(userIds: readonly number[]): Promise<number[]> {
    const rows = await this.#database.sql<{ user_id: number; rooms: number }>(OWN_COUNTS, [userIds]);
    const counts = new Map(rows.map((row) => [row.user_id, row.rooms]));
    return userIds.map((id) => counts.get(id) ?? 0);
  }

  async #forUsers(pairs: readonly RoomAndUser[]): Promise<(RoomForUser | undefined)[]> {
    const rows = await this.#database.sql<RoomColumns & { n: number }>(FOR_USERS, [
      pairs.map(({ room }) => room),
      pairs.map(({ user }) => user),
    ]);
    const found = new Map(rows.map((row) => [row.n, toRoomForUser(row)]));
    return pairs.map((_, at) => found.get(at + 1));
  }

  async #membersAfter(roomId: string, after: number, limit: number): Promise<MemberPage> {
    // The room's own row comes once without a member: then the total is known of an empty page too.
    const rows = await this.#database.sql<{ total: number; id: number | null; nick: string; guest: boolean }>(
      `select rooms.member_count as total, page.* from rooms
       left join lateral (
         select users.id, users.nick, users.guest
         from memberships join users on users.id = memberships.user_id
         where memberships.room_id = rooms.id and memberships.user_id > $2
         order by memberships.user_id limit $3
       ) as page on true
       where rooms.id = $1 order by page.id`,
      [toRowId(roomId) ?? null, after, limit + 1],
    );
    const people = rows.flatMap(({ id, nick, guest }) => (id === null ? [] : [{ userId: String(id), nick, guest }]));
    return { rows: people.slice(0, limit), total: rows[0]?.total ?? 0, more: people.length > limit };
  }

  async #headsOf(asked: readonly (readonly string[])[]): Promise<ReadonlyMap<string, LogHead>[]> {
    // Whoever is in doubt about a commit asks here: nothing of before may come after the answer.
    await this.#database.settle();
    const rows = await this.#database.sql<{ id: number; slug: string; last_seq: number; message_count: number }>(
      'select id, slug, last_seq, message_count from rooms where id = any ($1)',
      [toRowIds(new Set(asked.flat()))],
    );
    const heads = new Map<string, LogHead>();
    for (const { id, slug: room, last_seq: lastSeq, message_count: messages } of rows) {
      const roomId = String(id);
      heads.set(roomId, { roomId, room, lastSeq, messages });
    }
    return asked.map(() => heads);
  }
}
