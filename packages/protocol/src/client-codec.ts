/**
 * Requests to frames, and a server's frames to messages, on a client. It checks the envelope only: a client trusts the server
 * it chose for shapes, and makes text safe where it paints. Free of schemas, so that a terminal client does not carry them in
 * memory.
 */
import { MAX_CLIENT_FRAME_BYTES } from './limits.ts';
import type { ServerMessage } from './server-messages.ts';
import { isTyped } from './typed-message.ts';

/** The messages of one frame in order, or undefined when the frame is no message. */
export function decodeServerFrame(text: string): ServerMessage[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const messages: unknown[] = Array.isArray(value) ? value : [value];
  return messages.every(isTyped) ? (messages as ServerMessage[]) : undefined;
}

/** Serialises a client's request. Throws a RangeError when the frame would be refused for its size. */
export function encodeRequest(request: { type: string }): string {
  const text = JSON.stringify(request);
  if (text.length * 3 > MAX_CLIENT_FRAME_BYTES && new TextEncoder().encode(text).length > MAX_CLIENT_FRAME_BYTES) {
    throw new RangeError(`A request of ${text.length} characters passes the frame limit.`);
  }
  return text;
}
