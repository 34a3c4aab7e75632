/**
 * The life of a WebSocket connection.
 *
 *   client                         server
 *     │ upgrade ───────────────────▶ │  awaiting_hello   (10 s, else 4408)
 *     │ hello ─────────────────────▶ │  greeting         (who is it, which rooms; later frames and hints wait)
 *     │ ◀──────────────────── welcome│  live             (requests, events, hints)
 *     │ ◀──── error, close │  close ▶│  closing          (nothing is read or written any more)
 */
import type { Principal } from '../auth/accounts.ts';

export type ConnectionState =
  | { readonly kind: 'awaiting_hello' }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'live'; readonly principal: Principal }
  | { readonly kind: 'closing' };

export type ConnectionStep =
  | { readonly kind: 'hello' }
  | { readonly kind: 'welcomed'; readonly principal: Principal }
  | { readonly kind: 'ended' };

/** The next state; undefined where the step does not belong. */
export function transition(state: ConnectionState, step: ConnectionStep): ConnectionState | undefined {
  switch (step.kind) {
    case 'hello':
      return state.kind === 'awaiting_hello' ? { kind: 'greeting' } : undefined;
    case 'welcomed':
      return state.kind === 'greeting' ? { kind: 'live', principal: step.principal } : undefined;
    default:
      return state.kind === 'closing' ? undefined : { kind: 'closing' };
  }
}
