/**
 * Which rooms are in whose list, as statements; whoever runs them is rooms.ts. Each list has an end, and nobody can fill another's
 * with what is not theirs.
 */

/** Public rooms in one list. */
const PUBLIC_LIMIT = 500;
/** Of the public rooms, those where most people are, and what was written in last: among these creators take turns. */
const NEAR_LIMIT = 2000;
/** Rooms that one is invited to, in one list, and the newest invitations that are looked at for it. */
const INVITED_LIMIT = 200;
const INVITATIONS_LIMIT = 2000;
/**
 * Rooms of one's own in one list. A welcome holds all of them, at up to 5 KB each (a title and a topic of control codes, in
 * JSON): more could be too large for a frame. By their own acts people are in less (MAX_OWN_ROOMS of the protocol); what
 * others write to them in direct rooms has no end.
 */
const OWN_LIMIT = 1000;
/** Of the direct rooms that others opened and one has never looked into, the newest that are looked at: those have no end either. */
const UNSEEN_LIMIT = 2000;

const COLUMNS = `
  rooms.id, rooms.slug, rooms.title, rooms.topic, rooms.kind, rooms.open, rooms.password_hash,
    rooms.last_seq, rooms.message_count, rooms.member_count`;
/** Rooms as a viewer sees them: their membership and mark, and the other person of a direct room. */
export const SEEN = `${COLUMNS}, rooms.open or memberships.user_id is not null as member,
    coalesce(read_marks.read_seq, 0) as read_seq, coalesce(read_marks.read_messages, 0) as read_messages,
    other.id as other_id, other.nick as other_nick`;
export const marksOf = (viewer: string): string => `
  left join memberships on memberships.room_id = rooms.id and memberships.user_id = ${viewer}
  left join read_marks on read_marks.room_id = rooms.id and read_marks.user_id = ${viewer}
  left join users as other on memberships.user_id is not null
    and other.id = case when rooms.direct_low = ${viewer} then rooms.direct_high else rooms.direct_low end`;

/**
 * Where nobody has written, a direct room is in the list of who opened it alone: they have a read mark there, as who has
 * joined or made a room has. Others could else fill one's list without a word. Rooms that one can leave come first, then those
 * with a mark, then what was written in last.
 */
const ownRooms = (viewer: string): string => `
  (select rooms.id as room_id
   from (
     select room_id from read_marks where user_id = ${viewer}
     union (select room_id from memberships where user_id = ${viewer} order by room_id desc limit ${UNSEEN_LIMIT})
   ) as near
   join memberships on memberships.room_id = near.room_id and memberships.user_id = ${viewer}
   join rooms on rooms.id = near.room_id
   left join read_marks on read_marks.room_id = near.room_id and read_marks.user_id = ${viewer}
   where rooms.kind <> 'direct' or rooms.message_count > 0 or read_marks.user_id is not null
   order by rooms.kind = 'direct', read_marks.user_id is null, rooms.last_at desc
   limit ${OWN_LIMIT})
  union all select id from open_rooms`;
/** Looked for once a statement, not once a person. */
const OPEN_ROOMS = 'with open_rooms as materialized (select id from rooms where open)';
/** With the pattern as $2. */
const MATCHES = `($2::text is null or rooms.key like $2 or rooms.title ilike $2)`;
/**
 * Who made a room: its first event is their `member.joined`. In the order of the primary key, because the planner takes another
 * index for `seq = 1` while most rooms have few events, and reads all of a room that has millions.
 */
const creatorOf = (room: string): string =>
  `(select sender_id from events where events.room_id = ${room} order by seq limit 1)`;

export const OWN_MATCHING = `
  ${OPEN_ROOMS}
  select ${SEEN} from rooms ${marksOf('$1')}
  where rooms.id in (${ownRooms('$1')}) and ${MATCHES}
  order by not rooms.open, rooms.key`;

/** Those who have made the rooms take turns: a stranger may have made hundreds, and invited to each. */
export const INVITED = `
  select ${SEEN}
  from (
    select room_id, created_at,
      row_number() over (partition by ${creatorOf('near.room_id')} order by created_at desc) as turn
    from (
      select room_id, created_at from invitations where user_id = $1 order by created_at desc limit ${INVITATIONS_LIMIT}
    ) as near
  ) as invited
  join rooms on rooms.id = invited.room_id ${marksOf('$1')}
  where memberships.user_id is null and ${MATCHES}
  order by rooms.key = $3 desc, invited.turn, invited.created_at desc
  limit ${INVITED_LIMIT}`;

/**
 * Where most people are; of rooms with equally many the creators take turns, because one alone may have made hundreds. Rooms
 * that all have left are found by their names only.
 */
export const PUBLIC = `
  with near as materialized (
    select id, key, open, member_count, last_at from rooms
    where kind = 'public' and (open or member_count > 0 or $2::text is not null) and ${MATCHES}
    order by open desc, key = $1 desc, member_count desc, last_at desc
    limit ${NEAR_LIMIT}
  ), listed as (
    select id, row_number() over (order by open desc, key = $1 desc, member_count desc, turn, last_at desc) as place
    from (
      select *, row_number() over (partition by member_count, ${creatorOf('near.id')} order by last_at desc) as turn
      from near
    ) as ranked
    order by place limit ${PUBLIC_LIMIT}
  )
  select ${COLUMNS}, rooms.open as member
  from listed join rooms on rooms.id = listed.id
  order by listed.place`;

export const OF_USERS = `
  ${OPEN_ROOMS}
  select asked.user_id as viewer, ${SEEN}
  from unnest($1::bigint[]) as asked(user_id)
  cross join lateral (
    ${ownRooms('asked.user_id')}
  ) as own
  join rooms on rooms.id = own.room_id ${marksOf('asked.user_id')}
  order by not rooms.open, rooms.key`;

export const MEMBERSHIPS = `
  ${OPEN_ROOMS}
  select asked.user_id, own.room_id, coalesce(read_marks.read_messages, 0) as read_messages
  from unnest($1::bigint[]) as asked(user_id)
  cross join lateral (
    ${ownRooms('asked.user_id')}
  ) as own
  left join read_marks on read_marks.user_id = asked.user_id and read_marks.room_id = own.room_id`;

/** For LIKE: what contains the text as it is. */
export const patternOf = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
