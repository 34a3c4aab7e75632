/** Frames to requests, and server messages to frames. Knows no sockets. */
import { readFrequent } from './frequent-requests.ts';
import { MAX_CLIENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES } from './limits.ts';
import { isCleanString } from './names.ts';
import { type Request, requestSchema } from './requests.ts';
import type { ServerMessage } from './server-messages.ts';

/** What a client's text frame turned out to be. */
export type DecodedFrame =
  | { kind: 'request'; request: Request }
  /** A JSON object with a string `type` that is no valid request: answered with `bad_request`. */
  | { kind: 'refused'; type: string; re: number | undefined; message: string }
  /** Anything else: the connection is closed with 4400. */
  | { kind: 'not_a_message' };

/** Reads one frame of a client. Never throws. */
export function decodeClientFrame(text: string): DecodedFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'not_a_message' };
  }
  if (!isTyped(value)) return { kind: 'not_a_message' };
  const frequent = readFrequent(value);
  if (frequent !== undefined) return { kind: 'request', request: frequent };
  const re = typeof value.id === 'number' ? value.id : undefined;
  const schema = requestSchema(value.type);
  if (schema === undefined) {
    return { kind: 'refused', type: value.type, re, message: 'There is no request of that type.' };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'request', request: parsed.data };
  return { kind: 'refused', type: value.type, re, message: describeIssue(parsed.error.issues) };
}

/** One line in words for the first problem of a failed parse: `text: is only white space`. */
export function describeIssue(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const first = issues[0];
  if (first === undefined) return 'The request has the wrong shape.';
  // Keys of `resume` are the client's own strings: what is no short clean one is not sent back.
  const path = first.path
    .map(String)
    .filter((key) => key.length <= 64 && isCleanString(key))
    .join('.');
  return path === '' ? `The request ${first.message}.` : `${path}: ${first.message}`;
}

export const encodeMessage = (message: ServerMessage): string => JSON.stringify(message);

/**
 * Joins encoded messages into as few frames as the frame limit allows, in order. Lengths are UTF-16 units times three at
 * the worst, so a frame never passes the limit in bytes unless a single message does.
 */
export function joinFrames(encoded: readonly string[]): string[] {
  if (encoded.length === 1) return [...encoded];
  const frames: string[] = [];
  let batch: string[] = [];
  let units = 2;
  const close = (): void => {
    if (batch.length > 0) frames.push(batch.length === 1 ? (batch[0] ?? '') : `[${batch.join(',')}]`);
    batch = [];
    units = 2;
  };
  for (const message of encoded) {
    const size = message.length + 1;
    if (batch.length > 0 && (units + size) * 3 > MAX_SERVER_FRAME_BYTES) close();
    batch.push(message);
    units += size;
  }
  close();
  return frames;
}

/** Serialises a client's request. Throws a RangeError when the frame would be refused for its size. */
export function encodeRequest(request: { type: string }): string {
  const text = JSON.stringify(request);
  if (text.length * 3 > MAX_CLIENT_FRAME_BYTES && new TextEncoder().encode(text).length > MAX_CLIENT_FRAME_BYTES) {
    throw new RangeError(`A request of ${text.length} characters passes the frame limit.`);
  }
  return text;
}

function isTyped(value: unknown): value is { type: string; id?: unknown } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
