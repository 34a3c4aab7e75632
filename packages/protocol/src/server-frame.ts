/**
 * Reads a server's frame on a client. It checks the envelope only: a client trusts the server it chose for shapes, and
 * makes text safe where it paints. Free of schemas, so that a terminal client does not carry them in memory.
 */
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
