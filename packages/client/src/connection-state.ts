/**
 * The life of a connection: its states, and the one function that moves between them. Knows no sockets and no timers.
 *
 *            connect                welcomed
 *    idle ────────────▶ connecting ──────────▶ online
 *                        ▲  │  │                 │
 *      retry (timer, or  │  │  │ turned away     │ lost
 *      a person asks)    │  │  │ for good, or    │ (4400, 4401, 4409: refused)
 *                        │  │  │ 4400/4401/4409  │
 *                        │  ▼  ▼                 ▼
 *                    waiting  refused ◀──── waiting or refused
 *                               │
 *                               └─ connect ─▶ connecting      any ── close ─▶ closed (for good)
 *
 * Invariants: only `waiting` has a time to retry at; `attempt` counts from 1 and starts again after `online`; nothing
 * leaves `closed`; an occurrence that makes no sense in a state changes nothing (a late close of a socket given up).
 */
import { ChatError, CLOSE, type ErrorCode, type Limits, type You } from '@parley/protocol';

export type ConnectionState =
  | { readonly name: 'idle' }
  /** A socket is being opened or waits for `welcome`. */
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'online'; readonly you: You; readonly limits: Limits }
  /** Tries again at `retryAt` (milliseconds since 1970); `reason` is for a person. */
  | { readonly name: 'waiting'; readonly retryAt: number; readonly attempt: number; readonly reason: string }
  /** The server said no: only new credentials or a person's `connect()` change that. */
  | { readonly name: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly name: 'closed' };

/** When a connection ended and a random number of [0, 1) that spreads the retries of many clients. */
interface Moment {
  readonly at: number;
  readonly random: number;
}

export type Occurrence =
  | { readonly type: 'connect' }
  | { readonly type: 'retry' }
  | { readonly type: 'welcomed'; readonly you: You; readonly limits: Limits }
  /** Hello was answered with an error. */
  | ({ readonly type: 'turned_away'; readonly error: ChatError } & Moment)
  /** The socket closed or never opened. */
  | ({ readonly type: 'lost'; readonly code: number; readonly reason: string } & Moment)
  | { readonly type: 'close' };

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** After 4429: the server counts its refusals over ten seconds. */
const FLOOD_RETRY_MS = 10_000;

/** The state after an occurrence; the same object when it changes nothing. */
export function transition(state: ConnectionState, occurrence: Occurrence): ConnectionState {
  if (state.name === 'closed') return state;
  switch (occurrence.type) {
    case 'connect':
      return state.name === 'connecting' || state.name === 'online' ? state : { name: 'connecting', attempt: 1 };
    case 'retry':
      return state.name === 'waiting' ? { name: 'connecting', attempt: state.attempt + 1 } : state;
    case 'welcomed':
      return state.name === 'connecting' ? { name: 'online', you: occurrence.you, limits: occurrence.limits } : state;
    case 'turned_away':
      return state.name === 'connecting' ? afterRefusal(state.attempt, occurrence.error, occurrence) : state;
    case 'lost':
      if (state.name !== 'connecting' && state.name !== 'online') return state;
      return afterLoss(state.name === 'connecting' ? state.attempt : 0, occurrence);
    case 'close':
    default:
      return { name: 'closed' };
  }
}

/** How long to wait before attempt `attempt + 1`: doubling from 0.5 s to 15 s, of which a random half is kept. */
export function retryDelayMs(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, Math.min(attempt, 16) - 1));
  return Math.round(longest * (0.5 + random / 2));
}

function afterRefusal(attempt: number, error: ChatError, moment: Moment): ConnectionState {
  if (!isPassing(error)) return { name: 'refused', code: error.code, message: error.message };
  const delayMs = Math.max(error.retryAfterMs ?? 0, retryDelayMs(attempt, moment.random));
  return { name: 'waiting', retryAt: moment.at + delayMs, attempt, reason: error.message };
}

function afterLoss(attempt: number, loss: Extract<Occurrence, { type: 'lost' }>): ConnectionState {
  const words = loss.reason;
  switch (loss.code) {
    case CLOSE.unauthorized:
      return { name: 'refused', code: 'unauthorized', message: words || 'You were signed out.' };
    case CLOSE.protocolError:
      return { name: 'refused', code: 'bad_request', message: words || 'The server does not understand this program.' };
    case CLOSE.version:
      return { name: 'refused', code: 'bad_request', message: words || 'The server speaks another version of Parley.' };
    case CLOSE.flooding:
      return waiting(attempt, FLOOD_RETRY_MS * (1 + loss.random / 2), loss, 'Too much was sent at once.');
    case CLOSE.goingAway:
      // Soon, but not all clients at the same moment.
      return attempt === 0
        ? waiting(attempt, 100 + loss.random * 400, loss, 'The server is restarting.')
        : waiting(attempt, retryDelayMs(attempt, loss.random), loss, 'The server is restarting.');
    default:
      return waiting(attempt, retryDelayMs(attempt, loss.random), loss, 'The connection was lost.');
  }
}

function waiting(
  attempt: number,
  delayMs: number,
  loss: Extract<Occurrence, { type: 'lost' }>,
  words: string,
): ConnectionState {
  return { name: 'waiting', retryAt: loss.at + Math.round(delayMs), attempt, reason: loss.reason || words };
}

/** Whether the same request may succeed later without anyone changing anything. */
export const isPassing = (error: Pick<ChatError, 'code'>): boolean =>
  error.code === 'rate_limited' || error.code === 'unavailable';
