/**
 * The life of a WebSocket connection.
 *
 *   client                         server
 *     │ upgrade ───────────────────▶ │  awaiting_hello   (10 s, else 4408)
 *     │ hello ─────────────────────▶ │  greeting         (who is it, which rooms; later frames and hints wait)
 *     │ ◀──────────────────── welcome│  live             (requests, events, hints)
 *     │ ◀──── error, close │  close ▶│  closing          (nothing is read or written any more)
 */

export type ConnectionState = 'awaiting_hello' | 'greeting' | 'live' | 'closing';

export type ConnectionStep = 'hello' | 'welcomed' | 'ended';

/** The next state; undefined where the step does not belong. */
export function transition(state: ConnectionState, step: ConnectionStep): ConnectionState | undefined {
  switch (step) {
    case 'hello':
      return state === 'awaiting_hello' ? 'greeting' : undefined;
    case 'welcomed':
      return state === 'greeting' ? 'live' : undefined;
    default:
      return state === 'closing' ? undefined : 'closing';
  }
}
