/**
 * Whether a server lets anyone read its public rooms (PUBLIC_READ), which it tells by whether it shows a page of the lobby
 * to nobody in particular. Known a moment after the first question; until then, and where the server can't be asked, no.
 */
import { callHttp } from '@parley/client';
import { newestAddress } from '../server-addresses.ts';

/** A server is started anew with another setting now and then. */
const KEEP_MS = 60_000;
const TIMEOUT_MS = 5000;

/** `until`, on `performance.now`'s clock, nobody asks again. */
interface Answer {
  isOn: boolean;
  until: number;
}

export class PublicReading {
  readonly #answers = new Map<string, Answer>();

  /** As far as is known now; `server` is a base URL. */
  isOn(server: string): boolean {
    const now = performance.now();
    const known = this.#answers.get(server) ?? { isOn: false, until: -Infinity };
    if (known.until > now) return known.isOn;
    this.#answers.set(server, known);
    known.until = now + KEEP_MS;
    void this.#ask(server, known);
    return known.isOn;
  }

  /** Never rejects. */
  async #ask(server: string, answer: Answer): Promise<void> {
    try {
      const url = new URL(newestAddress(server));
      const { status } = await callHttp(url, { method: 'GET', idempotent: true, headers: {}, timeoutMs: TIMEOUT_MS });
      if (status !== 200 && status !== 401) throw new Error(`HTTP ${status}`);
      answer.isOn = status === 200;
    } catch {
      // Whoever comes next asks again.
      answer.until = -Infinity;
    }
  }
}
