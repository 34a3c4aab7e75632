/**
 * The server processes (backends) of connections that broke while a statement was under way. What was sent and not received
 * is not lost with the connection: the kernel goes on sending it, and a backend that gets it tens of seconds later commits
 * what was long refused, after what is newer. So they are ended before anything that must not be overtaken. Knows no tables.
 *
 *   connected ──broke, outcome unknown──▶ severed ──told to end──▶ ending ──not in pg_stat_activity──▶ forgotten
 *
 * A process id may be given again, so a backend is known by its start as well. Behind a pooler the id that the connection was
 * told at the start is not the backend's: then nothing is remembered and nothing ended, and what is late stays late.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { StoreUnavailable } from './store-errors.ts';

/** A backend ends at once, unless it waits for the disk. */
const TIMEOUT_MS = 2000;
const POLL_MS = 20;

/** The backend of the connection that asks; see `Backend`. */
export const OWN_BACKEND = `pg_backend_pid() as pid,
  (select extract(epoch from backend_start)::text from pg_stat_get_activity(pg_backend_pid())) as started`;

/** Answers those that are still there. The embedded database is one backend for all connections, which must not end. */
const END = `
  select pid, extract(epoch from backend_start)::text as started, pg_terminate_backend(pid)
  from pg_stat_activity join unnest($1::integer[], $2::text[]) as severed (pid, started) using (pid)
  where extract(epoch from backend_start)::text = severed.started and pid <> pg_backend_pid()`;

export interface Backend {
  readonly pid: number;
  /** Seconds since 1970, to the microsecond, in the server's words. */
  readonly started: string;
}

export class SeveredBackends {
  readonly #run: (statement: string, values: unknown[]) => Promise<Backend[]>;
  readonly #backends = new WeakMap<PoolClient, Backend>();
  readonly #severed = new Map<string, Backend>();
  #ending: Promise<void> | undefined;

  constructor(run: (statement: string, values: unknown[]) => Promise<Backend[]>) {
    this.#run = run;
  }

  /** Remembers whom a new connection has reached. */
  connected(client: PoolClient, { pid, started }: Backend): void {
    if ('processID' in client && client.processID === pid) this.#backends.set(client, { pid, started });
  }

  /** A statement's outcome is unknown. */
  sever(client: PoolClient): void {
    const backend = this.#backends.get(client);
    if (backend !== undefined) this.#severed.set(keyOf(backend), backend);
  }

  /** Resolves when none of them can commit anything any more; rejects with StoreUnavailable, or with why none may be ended. */
  async end(): Promise<void> {
    if (this.#severed.size === 0) return;
    this.#ending ??= this.#end().finally(() => (this.#ending = undefined));
    await this.#ending;
  }

  forgetAll(): void {
    this.#severed.clear();
  }

  async #end(): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const asked = [...this.#severed];
      const rows = await this.#run(END, [asked.map(([, { pid }]) => pid), asked.map(([, { started }]) => started)]);
      const left = new Set(rows.map(keyOf));
      for (const [key] of asked) if (!left.has(key)) this.#severed.delete(key);
      if (this.#severed.size === 0) return;
      if (performance.now() > deadline) throw new StoreUnavailable('A connection of before has not ended yet.');
      await delay(POLL_MS);
    }
  }
}

const keyOf = ({ pid, started }: Backend): string => `${pid} ${started}`;
