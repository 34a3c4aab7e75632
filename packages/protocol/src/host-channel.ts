/**
 * What the gateway and a host of terminal clients say to each other over Node's IPC channel, as JSON. Terminal bytes do
 * not go this way: each terminal has a PTY of its own.
 *
 *   gateway                     host
 *    │ ◀────────────── ready ─── │   warm, and without its privileges
 *    │ ── open ────────────────▶ │   the PTY's slave by its path
 *    │ ◀───────────── opened ─── │   the slave is open: the gateway lets go of its own descriptor
 *    │ ── resize, repaint ─────▶ │
 *    │ ── detach ──────────────▶ │   nobody looks: nothing is painted until repaint
 *    │ ── close ───────────────▶ │
 *    │ ◀───────────── exited ─── │   also unasked; the slave is closed, so that the master ends once it has been read
 *    │ ── ping ──▶ ◀── pong ──── │   a host that does not answer is ended
 *    ✕ the channel is closed ──▶ │   every client saves its place, and the host ends
 */
import { z } from 'zod';
import type { Attach } from './terminal-control.ts';

/** What a hosted client is started with, beside its terminal. */
export interface HostedClient {
  /** Base URL of the core. */
  readonly server: string;
  readonly room: string | undefined;
  readonly nick: string | undefined;
  readonly sessionKey: string | undefined;
  /** Nothing can be kept under the key yet. */
  readonly fresh: boolean;
  readonly ticket: string | undefined;
  readonly timezone: string | undefined;
  /** What the page is like before the client's terminal can be asked. */
  readonly theme: Attach['theme'];
}

export type ToHost =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly path: string;
      readonly cols: number;
      readonly rows: number;
      readonly client: HostedClient;
    }
  | { readonly type: 'resize'; readonly id: number; readonly cols: number; readonly rows: number }
  | { readonly type: 'repaint'; readonly id: number }
  | { readonly type: 'detach'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'ping' };

const id = z.number().int();

const fromHostSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('opened'), id }),
  z.object({ type: z.literal('exited'), id, failed: z.boolean().describe('by a fault of its own') }),
  z.object({ type: z.literal('pong') }),
]);
/** What a host sends. */
export type FromHost = z.infer<typeof fromHostSchema>;

/**
 * Reads what came from a host; undefined when it is no message. A host has fewer rights than the gateway, so the gateway
 * checks what it says. Never throws.
 */
export const decodeFromHost = (value: unknown): FromHost | undefined => fromHostSchema.safeParse(value).data;
