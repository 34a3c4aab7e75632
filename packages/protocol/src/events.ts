/** What happens in a room: events, which are in the log and have a `seq`, and hints, which are safe to lose. */
import { z } from 'zod';

const author = z.object({ id: z.string(), nick: z.string() });

const inLog = { room: z.string(), seq: z.number().int().min(1), at: z.string(), from: author };

const reactionCountsSchema = z.record(z.string(), z.array(z.string())).describe('emoji → ids of users');

const messageEvent = z.object({
  type: z.literal('message'),
  ...inLog,
  text: z.string(),
  cid: z.string(),
  replyTo: z.number().int().optional(),
  editedAt: z.string().optional(),
  deleted: z.boolean().optional(),
  reactions: reactionCountsSchema.optional(),
});
const messageEdited = z.object({
  type: z.literal('message.edited'),
  ...inLog,
  target: z.number().int(),
  text: z.string(),
});
const messageDeleted = z.object({ type: z.literal('message.deleted'), ...inLog, target: z.number().int() });
const reaction = z.object({
  type: z.literal('reaction'),
  ...inLog,
  target: z.number().int(),
  emoji: z.string(),
  on: z.boolean(),
});
const memberJoined = z.object({ type: z.literal('member.joined'), ...inLog });
const memberLeft = z.object({ type: z.literal('member.left'), ...inLog });
const topicChanged = z.object({ type: z.literal('topic.changed'), ...inLog, topic: z.string() });

/** An event of a room's log. `seq` counts from 1 without gaps; `at` is ISO 8601 UTC with milliseconds. */
export const roomEventSchema = z.discriminatedUnion('type', [
  messageEvent,
  messageEdited,
  messageDeleted,
  reaction,
  memberJoined,
  memberLeft,
  topicChanged,
]);

export type RoomEvent = z.infer<typeof roomEventSchema>;
export type MessageEvent = z.infer<typeof messageEvent>;
export type Author = z.infer<typeof author>;

const presence = z.object({
  type: z.literal('presence'),
  room: z.string(),
  users: z
    .array(z.object({ id: z.string(), nick: z.string(), online: z.boolean(), guest: z.boolean().optional() }))
    .optional(),
  online: z.number().int().optional().describe('how many are online, instead of names, above 200'),
});
const typing = z.object({ type: z.literal('typing'), room: z.string(), user: author });
const roomActivity = z.object({
  type: z.literal('room.activity'),
  room: z.string(),
  lastSeq: z.number().int(),
  unread: z.number().int(),
  mentioned: z.literal(true).optional().describe('one of the messages that came since the last hint names one'),
});
const read = z.object({ type: z.literal('read'), room: z.string(), seq: z.number().int() });
const notice = z.object({ type: z.literal('notice'), text: z.string() });

export const roomSchema = z.object({
  room: z.string(),
  title: z.string(),
  kind: z.enum(['public', 'private', 'direct']),
  topic: z.string(),
  lastSeq: z.number().int(),
  readSeq: z.number().int(),
  unread: z.number().int(),
  members: z.number().int(),
  with: author.optional().describe('in a direct room: the other person'),
  member: z.boolean().optional().describe('whether you are a member; of the lobby everyone is'),
});
const roomCreated = z.object({ type: z.literal('room.created'), room: roomSchema });

/** A room as one user sees it. */
export type Room = z.infer<typeof roomSchema>;
export type RoomKind = Room['kind'];

/** Something that was true when it was sent: never stored, no `seq`. */
export const hintSchema = z.discriminatedUnion('type', [presence, typing, roomActivity, read, roomCreated, notice]);
export type Hint = z.infer<typeof hintSchema>;

export const memberSchema = z.object({ id: z.string(), nick: z.string(), guest: z.boolean(), online: z.boolean() });
export type Member = z.infer<typeof memberSchema>;
