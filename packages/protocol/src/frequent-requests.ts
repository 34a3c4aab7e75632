/**
 * The requests that come most, read without the schemas, which take ten times as long. What is read here is what its schema
 * would have made of it; whatever is not plainly right is left to the schema, which says what is wrong.
 */
import { isBlank, isCleanString } from './names.ts';
import type { Request } from './requests.ts';

/** A room's name in ASCII: most are, and those need no normalising. */
const PLAIN_ROOM = /^@?[A-Za-z0-9._-]{1,64}$/;
/** As crypto.randomUUID and its kin make them, in lower case. */
const PLAIN_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface Fields {
  readonly type: string;
  readonly id?: unknown;
  readonly room?: unknown;
  readonly text?: unknown;
  readonly cid?: unknown;
  readonly replyTo?: unknown;
  readonly seq?: unknown;
}

/** The request, or undefined where the schema has to judge. */
export function readFrequent(value: Fields): Request | undefined {
  const { type, id, room } = value;
  if (id !== undefined && !(typeof id === 'number' && Number.isFinite(id))) return undefined;
  if (type === 'ping') return id === undefined ? { type } : { type, id };
  if (typeof room !== 'string' || !PLAIN_ROOM.test(room)) return undefined;
  switch (type) {
    case 'message.send': {
      const { text, cid, replyTo } = value;
      if (typeof text !== 'string' || isBlank(text) || !isCleanString(text)) return undefined;
      if (typeof cid !== 'string' || !PLAIN_UUID.test(cid)) return undefined;
      if (replyTo !== undefined && !(isSeq(replyTo) && replyTo > 0)) return undefined;
      const request: Request<'message.send'> = { type, room, text, cid };
      if (id !== undefined) request.id = id;
      if (replyTo !== undefined) request.replyTo = replyTo;
      return request;
    }
    case 'read.mark': {
      const { seq } = value;
      if (!isSeq(seq)) return undefined;
      return id === undefined ? { type, room, seq } : { type, id, room, seq };
    }
    case 'typing':
      return id === undefined ? { type, room } : { type, id, room };
    default:
      return undefined;
  }
}

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
