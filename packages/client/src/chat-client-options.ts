/** What a chat client is made with, and what it takes for what is left out. */
import type { Clock } from './clock.ts';
import type { Credentials } from './identity.ts';
import type { CreateSocket } from './socket.ts';

export interface ChatClientOptions {
  /** `ws://…/ws` or `wss://…/ws`. */
  url: string;
  credentials: Credentials;
  createSocket?: CreateSocket;
  clock?: Clock;
  /** [0, 1), for jitter. */
  random?: () => number;
  headers?: Readonly<Record<string, string>>;
  requestTimeoutMs?: number;
  pendingLimit?: number;
}

export const REQUEST_TIMEOUT_MS = 10_000;
export const PENDING_LIMIT = 1000;
