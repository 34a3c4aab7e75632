/** Which texts can be sent as a message. */
import { ChatError, isBlank, isCleanString, utf8Bytes } from '@parley/protocol';
import type { ConnectionState } from './connection-state.ts';

/** Throws a ChatError when the text can't be sent; how long it may be is known while online only. */
export function checkSendable(text: string, state: ConnectionState): void {
  if (isBlank(text)) throw new ChatError('bad_request', 'There is nothing in this message.');
  if (!isCleanString(text)) throw new ChatError('bad_request', 'This text holds a character that no message can.');
  if (state.name === 'online' && utf8Bytes(text) > state.limits.textBytes) {
    throw new ChatError('too_long', `A message takes at most ${state.limits.textBytes} bytes.`);
  }
}
