/** Bodies and queries of the HTTP API. The OpenAPI document is made from these schemas and no others. */
import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import { roomEventSchema, roomSchema } from './events.ts';
import { LOBBY, MAX_DRAFT_BYTES, MAX_DRAFTS, MAX_SCROLL_BYTES, MIN_PASSWORD_CHARACTERS } from './limits.ts';
import { isCleanString, utf8Bytes } from './names.ts';
import { cidSchema, nickSchema, pageLimitSchema, passwordSchema, roomNameSchema, textSchema } from './requests.ts';
import { youSchema } from './server-messages.ts';

const integerInQuery = z
  .string()
  .regex(/^\d{1,15}$/, 'is no whole number')
  .transform(Number);

export const historyQuerySchema = z
  .object({
    room: roomNameSchema.default(LOBBY),
    before: integerInQuery.pipe(z.number().min(1)).optional(),
    after: integerInQuery.optional(),
    limit: integerInQuery.pipe(pageLimitSchema).optional(),
    activity: z.enum(['on', 'off']).default('on').describe('connects and disconnects, merged in by time'),
  })
  .refine((value) => value.before === undefined || value.after === undefined, 'takes before or after, not both');

/** A connect or disconnect, kept for 30 days; not an event of any room's log. */
const activitySchema = z.object({
  type: z.enum(['connected', 'disconnected']),
  at: z.string(),
  from: z.object({ id: z.string(), nick: z.string() }),
});
export type Activity = z.infer<typeof activitySchema>;

export const historyResponseSchema = z.object({
  room: z.string(),
  events: z.array(z.union([roomEventSchema, activitySchema])),
  more: z.boolean(),
});

export const eventsQuerySchema = z.object({ room: roomNameSchema.default(LOBBY), after: integerInQuery.optional() });
export const roomsResponseSchema = z.object({ rooms: z.array(roomSchema) });
export const healthResponseSchema = z.object({ status: z.enum(['ok', 'unavailable']), version: z.string() });

const newPassword = passwordSchema.refine(
  (value) => value.length >= MIN_PASSWORD_CHARACTERS,
  `takes at least ${MIN_PASSWORD_CHARACTERS} characters`,
);
export const registerBodySchema = z.object({ nick: nickSchema, password: newPassword });
export const loginBodySchema = z.object({ nick: nickSchema, password: passwordSchema });
export const guestBodySchema = z.object({ nick: nickSchema });
const refreshToken = z.string().min(1).max(512);
export const refreshBodySchema = z.object({ refreshToken });
export const logoutBodySchema = z
  .object({ refreshToken: refreshToken.optional().describe('in place of a bearer token that has run out') })
  .default({});
export const passwordBodySchema = z.object({ password: passwordSchema, newPassword });
export const sendBodySchema = z.object({
  text: textSchema,
  cid: cidSchema.optional().describe('made by the server when left out: then a retry may double the message'),
  replyTo: z.number().int().min(1).optional(),
});

export const accountTokensSchema = z.object({
  you: youSchema,
  accessToken: z.string().describe('for `Authorization: Bearer` and `hello`'),
  expiresInSeconds: z.number().int(),
  refreshToken: z.string().describe('for one `refresh`: the answer holds the next one'),
});
export type AccountTokens = z.infer<typeof accountTokensSchema>;
export const guestTokenSchema = z.object({ you: youSchema, token: z.string() });

const draftTextSchema = z.string().refine(isCleanString, 'holds U+0000 or a lone surrogate');

/**
 * What a browser tab comes back to. `scroll` is the terminal client's own, opaque to the server; `draft` is the room's, and
 * `drafts` are those of other rooms, the newest first.
 */
export const terminalStateSchema = z.object({
  room: roomNameSchema.optional(),
  scroll: z.unknown().refine(fitsInScroll, `is larger than ${MAX_SCROLL_BYTES} bytes`).optional(),
  draft: draftTextSchema
    .refine((value) => utf8Bytes(value) <= MAX_DRAFT_BYTES, `is longer than ${MAX_DRAFT_BYTES} bytes`)
    .optional(),
  drafts: z
    .array(z.object({ room: roomNameSchema, text: draftTextSchema }))
    .max(MAX_DRAFTS)
    .refine(
      (drafts) => drafts.reduce((bytes, { text }) => bytes + utf8Bytes(text), 0) <= MAX_DRAFT_BYTES,
      `are longer than ${MAX_DRAFT_BYTES} bytes together`,
    )
    .optional(),
});
export type TerminalState = z.infer<typeof terminalStateSchema>;

/** The state with fresh tokens: `token` for `hello`; an account's also has a refresh token. */
export const terminalSessionSchema = terminalStateSchema.extend({
  you: youSchema,
  token: z.string(),
  expiresInSeconds: z.number().int().optional(),
  refreshToken: z.string().optional(),
});
export type RestoredTerminalSession = z.infer<typeof terminalSessionSchema>;
export const sentSchema = z.object({ room: z.string(), seq: z.number().int(), at: z.string(), cid: z.string() });
export const errorBodySchema = z.object({
  error: z.object({ code: z.enum(ERROR_CODES), message: z.string(), retryAfterMs: z.number().optional() }),
});

function fitsInScroll(value: unknown): boolean {
  try {
    const text = JSON.stringify(value);
    // What isn't clean stands escaped here, and a JSON column would refuse it.
    return !/\\u(?:0000|d[89a-f])/.test(text) && utf8Bytes(text) <= MAX_SCROLL_BYTES;
  } catch {
    // Nested so deep that it can't be written.
    return false;
  }
}
