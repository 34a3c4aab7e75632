/** What a server sends besides events and hints: answers to requests, `welcome` and `error`. */
import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import { hintSchema, memberSchema, roomEventSchema, roomSchema } from './events.ts';

const re = z.number().optional();

export const youSchema = z.object({ id: z.string(), nick: z.string(), guest: z.boolean() });
/** The person a connection or a token speaks for. */
export type You = z.infer<typeof youSchema>;

const limits = z.object({
  textBytes: z.number(),
  frameBytes: z.number(),
  nickCharacters: z.number(),
  roomCharacters: z.number(),
  pageEvents: z.number(),
});

const welcome = z.object({
  type: z.literal('welcome'),
  re,
  version: z.number(),
  you: youSchema,
  token: z.string().optional().describe('a guest: the token to come back with'),
  rooms: z.array(roomSchema),
  limits,
});
const error = z.object({
  type: z.literal('error'),
  re,
  code: z.enum(ERROR_CODES),
  message: z.string(),
  retryAfterMs: z.number().optional(),
});
const ok = z.object({ type: z.literal('ok'), re, seq: z.number().int().optional(), at: z.string().optional() });
const roomList = z.object({ type: z.literal('room.list'), re, rooms: z.array(roomSchema) });
const roomJoined = z.object({
  type: z.literal('room.joined'),
  re,
  room: roomSchema,
  members: z.array(memberSchema),
  total: z.number().int(),
  events: z.array(roomEventSchema),
  more: z
    .boolean()
    .describe(
      'older events exist; with `since`: later ones, to page through with `history`; live events wait for that, and what is not asked for within a second follows by itself',
    ),
});
const roomMembers = z.object({
  type: z.literal('room.members'),
  re,
  room: z.string(),
  members: z.array(memberSchema),
  total: z.number().int(),
  more: z.boolean(),
});
const history = z.object({
  type: z.literal('history'),
  re,
  room: z.string(),
  events: z.array(roomEventSchema),
  more: z.boolean(),
});
const searchResults = z.object({ type: z.literal('search.results'), re, events: z.array(roomEventSchema) });
const userList = z.object({
  type: z.literal('user.list'),
  re,
  users: z.array(memberSchema),
  total: z.number().int(),
});
const pong = z.object({ type: z.literal('pong'), re });

/** An answer to one request, or the refusal of it. */
const answerSchema = z.discriminatedUnion('type', [
  welcome,
  error,
  ok,
  roomList,
  roomJoined,
  roomMembers,
  history,
  searchResults,
  userList,
  pong,
]);

export const serverMessageSchema = z.union([answerSchema, roomEventSchema, hintSchema]);

export type Answer = z.infer<typeof answerSchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type Welcome = z.infer<typeof welcome>;
export type RoomJoined = z.infer<typeof roomJoined>;
