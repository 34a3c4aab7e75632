/**
 * The tables. Their history is `migrations/`, which drizzle-kit generates from this file; functions and the lobby's row
 * are in custom migrations there. Times are the database's own clock, so that replicas agree on leases and order.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/** A bigint as a number: ids, seqs and counts stay far below 2^53. */
const big = () => bigint({ mode: 'number' });
const identity = () => big().primaryKey().generatedAlwaysAsIdentity();
/** Milliseconds, because that is what the protocol and a JavaScript Date can say. */
const time = () => timestamp({ withTimezone: true, precision: 3 });

/** People: accounts and guests. */
export const users = pgTable('users', {
  id: identity(),
  nick: text().notNull(),
  guest: boolean().notNull(),
  passwordHash: text(),
  createdAt: time().notNull().defaultNow(),
});

/** Whose a row is: it goes with them. */
const ofUser = () =>
  big()
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

/** Nicks in use, one row a folded nick: an account's is permanent, a guest's is a lease. */
export const nicks = pgTable(
  'nicks',
  {
    key: text().primaryKey(),
    nick: text().notNull(),
    userId: ofUser(),
    permanent: boolean().notNull(),
    expiresAt: time().notNull(),
    /** The store that claimed or renewed a lease last, which alone may free it. */
    holder: text(),
  },
  (table) => [index('nicks_user_id').on(table.userId)],
);

/** Sign-ins. A guest's session has no refresh token. */
export const authSessions = pgTable(
  'auth_sessions',
  {
    id: uuid().primaryKey().defaultRandom(),
    userId: ofUser(),
    createdAt: time().notNull().defaultNow(),
    expiresAt: time().notNull(),
    revokedAt: time(),
  },
  (table) => [
    index('auth_sessions_user_id').on(table.userId),
    index('auth_sessions_revoked_at')
      .on(table.revokedAt)
      .where(sql`${table.revokedAt} is not null`),
    index('auth_sessions_expires_at').on(table.expiresAt),
  ],
);

/** Every refresh token a session has had, hashed: a replaced one that comes back late gives a theft away. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    hash: text().primaryKey(),
    sessionId: uuid()
      .notNull()
      .references(() => authSessions.id, { onDelete: 'cascade' }),
    replacedAt: time(),
  },
  (table) => [index('refresh_tokens_session_id').on(table.sessionId)],
);

/** Rooms, each with the head of its log. The row is the lock under which events are numbered. */
export const rooms = pgTable(
  'rooms',
  {
    id: identity(),
    slug: text().notNull(),
    key: text().notNull(),
    title: text().notNull(),
    topic: text().notNull(),
    kind: text({ enum: ['public', 'private', 'direct'] }).notNull(),
    /** Everyone is in without joining: the lobby. */
    open: boolean().notNull().default(false),
    passwordHash: text(),
    /** A direct room's two people, the lower id first. */
    directLow: big().references(() => users.id),
    directHigh: big().references(() => users.id),
    lastSeq: big().notNull().default(0),
    messageCount: big().notNull().default(0),
    memberCount: big().notNull().default(0),
    /** The newest event's time, which no later event goes below. */
    lastAt: time().notNull().defaultNow(),
    createdAt: time().notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('rooms_key').on(table.key),
    uniqueIndex('rooms_direct').on(table.directLow, table.directHigh),
    index('rooms_public_key')
      .on(table.key)
      .where(sql`${table.kind} = 'public'`),
    index('rooms_open')
      .on(table.id)
      .where(sql`${table.open}`),
    check('rooms_kind', sql`${table.kind} in ('public', 'private', 'direct')`),
  ],
);

/** What a row is about: it goes with the room. */
const ofRoom = () =>
  big()
    .notNull()
    .references(() => rooms.id, { onDelete: 'cascade' });

export const memberships = pgTable(
  'memberships',
  {
    roomId: ofRoom(),
    userId: ofUser(),
    joinedAt: time().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.roomId, table.userId] }),
    index('memberships_user_id').on(table.userId, table.roomId),
  ],
);

/** How far a person has read; in open rooms too, where there are no memberships. */
export const readMarks = pgTable(
  'read_marks',
  {
    userId: ofUser(),
    roomId: ofRoom(),
    readSeq: big().notNull(),
    /** The running count of messages at `readSeq`: unread is the room's count minus this. */
    readMessages: big().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.roomId] })],
);

export const invitations = pgTable(
  'invitations',
  {
    roomId: ofRoom(),
    userId: ofUser(),
    createdAt: time().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.userId] }), index('invitations_user_id').on(table.userId)],
);

/**
 * The logs of all rooms. No foreign keys: a check a row would cost more than the insert, and append_events has the
 * room's row locked anyway.
 */
export const events = pgTable(
  'events',
  {
    roomId: big().notNull(),
    seq: big().notNull(),
    at: time().notNull(),
    senderId: big().notNull(),
    /** Messages in the room up to and with this event. */
    messages: big().notNull(),
    replyTo: big(),
    /** The message that an edit or a deletion is about. */
    target: big(),
    /** When a message was edited last. */
    editedAt: time(),
    /** What makes sending again safe. An event that no client named gets one from the store. */
    cid: uuid().notNull(),
    type: text().notNull(),
    senderNick: text().notNull(),
    /**
     * A message's text as it is now, null once it is deleted; or the topic that was set. An edit has none of its own: a text
     * stands in one place, from where it is erased.
     */
    text: text(),
  },
  (table) => [
    primaryKey({ columns: [table.roomId, table.seq] }),
    uniqueIndex('events_cid').on(table.roomId, table.senderId, table.cid),
  ],
);

/** Connects and disconnects, kept for 30 days. */
export const activity = pgTable(
  'activity',
  {
    id: identity(),
    at: time().notNull(),
    userId: big().notNull(),
    nick: text().notNull(),
    kind: text({ enum: ['connected', 'disconnected'] }).notNull(),
  },
  (table) => [index('activity_at').on(table.at, table.id)],
);

/** Values that a server makes once and every replica shares. */
export const secrets = pgTable('secrets', {
  name: text().primaryKey(),
  value: text().notNull(),
});

/** What a browser tab comes back to. `key` is a hash of the cookie and the tab, and a capability. */
export const terminalSessions = pgTable(
  'terminal_sessions',
  {
    key: text().primaryKey(),
    userId: ofUser(),
    room: text(),
    scroll: jsonb(),
    draft: text(),
    drafts: jsonb(),
    updatedAt: time().notNull().defaultNow(),
  },
  (table) => [
    index('terminal_sessions_user_id').on(table.userId),
    index('terminal_sessions_updated_at').on(table.updatedAt),
  ],
);

/** The cookies by which a browser is known, by their hashes: see browser-cookies.ts. */
export const browserCookies = pgTable(
  'browser_cookies',
  {
    hash: text().primaryKey(),
    browser: text().notNull(),
    state: text({ enum: ['issued', 'current', 'retired'] }).notNull(),
    expiresAt: time(),
    createdAt: time().notNull().defaultNow(),
  },
  (table) => [
    index('browser_cookies_browser').on(table.browser),
    index('browser_cookies_created_at').on(table.createdAt),
  ],
);
