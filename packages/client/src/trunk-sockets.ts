/**
 * Sockets of many clients of one process over one WebSocket (see trunk of the protocol): what the server tells them alike
 * is received once. A drop-in for `openWebSocket`, for clients that show a ticket. Knows which connection goes where; its
 * life is in trunk-connection.ts, that of each client's socket on it in trunk-channel.ts.
 *
 * Invariants: a channel's listener hears nothing before `open` has returned, and `closed` once; it is told, or takes, all
 * that is for it, in order, once. What one listener throws is its own: the others hear what was for them first.
 */
import { TICKET_HEADER } from '@parley/protocol';
import { type CreateSocket, openWebSocket } from './socket.ts';
import { TrunkConnection } from './trunk-connection.ts';

/** The core pings every 20 s. */
const SILENT_MS = 30_000;

export class TrunkSockets {
  readonly #connections = new Map<string, TrunkConnection>();
  readonly #silentMs: number;
  readonly #now: () => number;

  /**
   * `silentMs`: how long nothing may be heard of a connection before it is taken for dead; `now`: milliseconds by a clock
   * that never goes back.
   */
  constructor({ silentMs = SILENT_MS, now = () => performance.now() } = {}) {
    this.#silentMs = silentMs;
    this.#now = now;
  }

  readonly open: CreateSocket = (url, options, listener) => {
    const ticket = options.headers[TICKET_HEADER];
    if (ticket === undefined) return openWebSocket(url, options, listener);
    let connection = this.#connections.get(url);
    if (connection === undefined) {
      const gone = (): void => {
        if (this.#connections.get(url) === connection) this.#connections.delete(url);
      };
      connection = new TrunkConnection(url, options.headers, { silentMs: this.#silentMs, now: this.#now, gone });
      this.#connections.set(url, connection);
    }
    return connection.open(ticket, [url, options, listener]);
  };
}
