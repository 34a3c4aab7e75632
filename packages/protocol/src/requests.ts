/** What a client sends: one schema a message. The union's `type`s are the whole list of requests. */
import { z } from 'zod';
import {
  MAX_MATCH_BYTES,
  MAX_NICK_CHARACTERS,
  MAX_PAGE_EVENTS,
  MAX_PASSWORD_BYTES,
  MAX_RESUME_ROOMS,
  MAX_ROOM_CHARACTERS,
  MAX_TITLE_BYTES,
  MAX_TOKEN_BYTES,
  MAX_TOPIC_BYTES,
} from './limits.ts';
import { isBlank, isCleanString, isName, isRoomName, normalizeName, utf8Bytes } from './names.ts';

/** Any string of the protocol. */
const clean = z.string().refine(isCleanString, 'holds U+0000 or a lone surrogate');

const name = (maxCharacters: number) =>
  clean
    .transform(normalizeName)
    .refine((value) => isName(value, maxCharacters), `takes 1 to ${maxCharacters} letters, digits, '.', '_' or '-'`);

const freeText = (maxBytes: number) =>
  clean.refine((value) => utf8Bytes(value) <= maxBytes, `is longer than ${maxBytes} bytes`);

export const nickSchema = name(MAX_NICK_CHARACTERS);
/** The name of a room that is being made: direct rooms are opened, not created. */
const newRoomSchema = name(MAX_ROOM_CHARACTERS);
/** The name of a room that may exist: a room that nobody could have made is simply not found. */
export const roomNameSchema = clean
  .transform(normalizeName)
  .refine(isRoomName, `takes 1 to ${MAX_ROOM_CHARACTERS} letters, digits, '.', '_' or '-'`);
/**
 * A message's text: stored as sent, so never trimmed or normalised. Its length is the server's to judge (`too_long`),
 * because the limit can be configured.
 */
export const textSchema = clean.refine((value) => !isBlank(value), 'is only white space');
export const passwordSchema = freeText(MAX_PASSWORD_BYTES).refine((value) => value.length > 0, 'is empty');
const topicSchema = freeText(MAX_TOPIC_BYTES);
export const cidSchema = z.uuid().transform((value) => value.toLowerCase());
const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const target = seq.min(1);
export const pageLimitSchema = z.number().int().min(1).max(MAX_PAGE_EVENTS);
const emoji = freeText(64).refine((value) => !isBlank(value), 'is only white space');

/** The last seq seen of each room. Not z.record, which leaves `__proto__` out: a room may be called that. */
const resume = z
  .custom<Readonly<Record<string, number>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'takes an object of seqs by room',
  )
  .superRefine((seqs, context) => {
    const entries = Object.entries(seqs);
    if (entries.length > MAX_RESUME_ROOMS) return context.addIssue(`names more than ${MAX_RESUME_ROOMS} rooms`);
    for (const [room, value] of entries) {
      const problem = clean.safeParse(room).error ?? seq.safeParse(value).error;
      if (problem !== undefined) context.addIssue({ ...problem.issues[0], code: 'custom', path: [room] });
    }
  });

/** As `members` name them. */
const memberId = z.string().regex(/^\d{1,18}$/, 'is no id of a member');

const id = z.number().optional();

const hello = z
  .object({
    type: z.literal('hello'),
    id,
    version: z.number(),
    token: freeText(MAX_TOKEN_BYTES).optional(),
    nick: nickSchema.optional(),
    resume: resume.optional(),
  })
  .refine((value) => value.token !== undefined || value.nick !== undefined, 'takes a token or a nick');

const historyBounds = { before: target.optional(), after: seq.optional(), limit: pageLimitSchema.optional() };

const requests = {
  hello,
  'room.list': z.object({ type: z.literal('room.list'), id, match: freeText(MAX_MATCH_BYTES).optional() }),
  'room.create': z
    .object({
      type: z.literal('room.create'),
      id,
      room: newRoomSchema,
      title: freeText(MAX_TITLE_BYTES).optional(),
      topic: topicSchema.optional(),
      kind: z.enum(['public', 'private']).optional(),
      password: passwordSchema.optional(),
    })
    .refine(({ kind, password }) => kind !== 'public' || password === undefined, 'wants a password for a public room'),
  'room.join': z.object({
    type: z.literal('room.join'),
    id,
    room: roomNameSchema,
    password: freeText(MAX_PASSWORD_BYTES).optional(),
    since: seq.optional(),
  }),
  'room.close': z.object({ type: z.literal('room.close'), id, room: roomNameSchema }),
  'room.leave': z.object({ type: z.literal('room.leave'), id, room: roomNameSchema }),
  'room.members': z.object({
    type: z.literal('room.members'),
    id,
    room: roomNameSchema,
    after: memberId.optional(),
  }),
  'room.topic': z.object({ type: z.literal('room.topic'), id, room: roomNameSchema, topic: topicSchema }),
  'room.invite': z.object({ type: z.literal('room.invite'), id, room: roomNameSchema, nick: nickSchema }),
  'message.send': z.object({
    type: z.literal('message.send'),
    id,
    room: roomNameSchema,
    text: textSchema,
    cid: cidSchema,
    replyTo: target.optional(),
  }),
  'message.edit': z.object({
    type: z.literal('message.edit'),
    id,
    room: roomNameSchema,
    seq: target,
    text: textSchema,
  }),
  'message.delete': z.object({ type: z.literal('message.delete'), id, room: roomNameSchema, seq: target }),
  'message.react': z.object({
    type: z.literal('message.react'),
    id,
    room: roomNameSchema,
    seq: target,
    emoji,
    on: z.boolean(),
  }),
  history: z
    .object({ type: z.literal('history'), id, room: roomNameSchema, ...historyBounds })
    .refine((value) => value.before === undefined || value.after === undefined, 'takes before or after, not both'),
  search: z.object({
    type: z.literal('search'),
    id,
    text: textSchema,
    room: roomNameSchema.optional(),
    limit: pageLimitSchema.optional(),
  }),
  'direct.open': z.object({ type: z.literal('direct.open'), id, nick: nickSchema }),
  'read.mark': z.object({ type: z.literal('read.mark'), id, room: roomNameSchema, seq }),
  'user.list': z.object({ type: z.literal('user.list'), id }),
  typing: z.object({ type: z.literal('typing'), id, room: roomNameSchema }),
  ping: z.object({ type: z.literal('ping'), id }),
} as const;

export type RequestType = keyof typeof requests;
/** A request by its type, as the server sees it after the codec: names normalised, `cid` in lower case. */
export type Request<Type extends RequestType = RequestType> = z.output<(typeof requests)[Type]>;
export type Hello = Request<'hello'>;

export const requestSchema = (type: string) =>
  Object.hasOwn(requests, type) ? requests[type as RequestType] : undefined;
