/** Clients' frames to requests, and a server's messages to frames, on the server. Knows no sockets. */
import { readFrequent } from './frequent-requests.ts';
import { isCleanString } from './names.ts';
import { type Request, requestSchema } from './requests.ts';
import type { ServerMessage } from './server-messages.ts';
import { isTyped } from './typed-message.ts';

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
  // Nothing that is not clean comes in otherwise than escaped, and hardly any frame has escapes: no other is looked through.
  const isClean = !text.includes('\\u') || isCleanValue(value);
  const frequent = isClean ? readFrequent(value) : undefined;
  if (frequent !== undefined) return { kind: 'request', request: frequent };
  // 1e999 is a number in JSON, and none that could be written back.
  const re = Number.isFinite(value.id) ? (value.id as number) : undefined;
  const schema = requestSchema(value.type);
  if (schema === undefined) {
    return { kind: 'refused', type: value.type, re, message: 'There is no request of that type.' };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { kind: 'refused', type: value.type, re, message: describeIssue(parsed.error.issues) };
  if (!isClean)
    return { kind: 'refused', type: value.type, re, message: 'The request holds U+0000 or a lone surrogate.' };
  return { kind: 'request', request: parsed.data };
}

/** Whether all strings in a JSON value are clean, those that no schema knows too. A loop: it may be nested thousands deep. */
function isCleanValue(value: unknown): boolean {
  const left = [value];
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    if (typeof each === 'string' && !isCleanString(each)) return false;
    if (typeof each !== 'object' || each === null) continue;
    for (const [name, part] of Object.entries(each)) left.push(name, part);
  }
  return true;
}

/** One line in words for the first problem of a failed parse: `The text is only white space.` */
export function describeIssue(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const first = issues[0];
  if (first === undefined) return 'The request has the wrong shape.';
  // Keys of `resume` are the client's own strings: what is no short clean one is not sent back.
  const path = first.path
    .map(String)
    .filter((key) => key.length <= 64 && isCleanString(key))
    .join('.');
  // Ours go on where the field's name stands; those of the schema's own begin anew.
  if (/^[A-Z]/.test(first.message)) return path === '' ? `${first.message}.` : `${path}: ${first.message}.`;
  return `The ${path === '' ? 'request' : path} ${first.message}.`;
}

export const encodeMessage = (message: ServerMessage): string => JSON.stringify(message);
