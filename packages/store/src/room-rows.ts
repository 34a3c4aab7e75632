/** Rooms as callers see them, and how they are read from the table. */

export interface RoomRow {
  id: string;
  slug: string;
  title: string;
  topic: string;
  kind: 'public' | 'private' | 'direct';
  /** Everyone is in it without joining: the lobby. */
  open: boolean;
  passwordHash: string | undefined;
  lastSeq: number;
  messageCount: number;
  memberCount: number;
}

/** A room as one user sees it. */
export interface RoomForUser extends RoomRow {
  member: boolean;
  readSeq: number;
  /** Messages after `readSeq`; 0 for who is not a member. */
  unread: number;
  /** In a direct room: the other person. */
  with: { id: string; nick: string } | undefined;
}

export interface RoomColumns {
  id: number;
  slug: string;
  title: string;
  topic: string;
  kind: RoomRow['kind'];
  open: boolean;
  password_hash: string | null;
  last_seq: number;
  message_count: number;
  member_count: number;
  member?: boolean | null;
  read_seq?: number;
  read_messages?: number;
  other_id?: number | null;
  other_nick?: string | null;
}

export function toRoomRow(row: RoomColumns): RoomRow {
  return {
    id: String(row.id),
    slug: row.slug,
    title: row.title,
    topic: row.topic,
    kind: row.kind,
    open: row.open,
    passwordHash: row.password_hash ?? undefined,
    lastSeq: row.last_seq,
    messageCount: row.message_count,
    memberCount: row.member_count,
  };
}

export function toRoomForUser(row: RoomColumns): RoomForUser {
  const member = row.member ?? false;
  const other = row.other_id ?? undefined;
  return {
    ...toRoomRow(row),
    member,
    readSeq: row.read_seq ?? 0,
    unread: member ? Math.max(0, row.message_count - (row.read_messages ?? 0)) : 0,
    with: other === undefined ? undefined : { id: String(other), nick: row.other_nick ?? '' },
  };
}
