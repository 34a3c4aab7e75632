/** Text frames of `/terminal`, between the page and the gateway. Binary frames are terminal bytes. */
import { z } from 'zod';
import { TERMINAL_SIZE } from './limits.ts';

const attach = z.object({
  type: z.literal('attach'),
  cols: z.number(),
  rows: z.number(),
  tab: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/)
    .optional()
    .describe('an id of its own for each browser tab'),
  fresh: z.boolean().optional().describe('the tab was never here before: nothing waits for it to come back'),
  room: z.string().max(256).optional(),
  nick: z.string().max(256).optional(),
  timezone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/)
    .optional()
    .describe("the browser's, such as Europe/Berlin, so that times are shown as the person lives them"),
  theme: z.enum(['light', 'dark']).optional().describe('what the page is like, so that the first screen suits it'),
});
const resize = z.object({ type: z.literal('resize'), cols: z.number(), rows: z.number() });
const ack = z.object({ type: z.literal('ack'), bytes: z.number().int().min(0) });

const pageControlSchema = z.discriminatedUnion('type', [attach, resize, ack]);
/** What the page sends. */
export type PageControl = z.infer<typeof pageControlSchema>;
export type Attach = z.infer<typeof attach>;

/** Reads one text frame of the page; undefined when it is none of these. Never throws. */
export function decodePageControl(text: string): PageControl | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return pageControlSchema.safeParse(value).data;
}

/** What the gateway sends. */
export type GatewayControl =
  | { type: 'attached'; resumed: boolean }
  | { type: 'exit' }
  /** With each ping, which a page's scripts can't see: who hears nothing for longer than two of them has lost it. */
  | { type: 'alive' }
  | { type: 'error'; code: GatewayErrorCode; message: string };
/**
 * `full`: no place, try later; `unavailable`: the program can't run or has failed; `bad_request`: before a close with 4400;
 * `idle`: a warning, or before the close the reason of it; `replaced`: another connection of the same tab took over;
 * `restarted`: the program failed and another one has taken its place, after a second `attached`: nothing to do.
 */
type GatewayErrorCode = 'full' | 'unavailable' | 'bad_request' | 'idle' | 'replaced' | 'restarted';

/**
 * Columns and rows as the terminal gets them: whole, within 1–500 × 1–200, and of at most 65,536 cells, for which it gives up
 * rows. NaN becomes the smallest.
 */
export function clampSize(size: { cols: number; rows: number }): { cols: number; rows: number } {
  const { minCols, maxCols, minRows, maxRows, maxCells } = TERMINAL_SIZE;
  const cols = clamp(size.cols, minCols, maxCols);
  return { cols, rows: clamp(size.rows, minRows, Math.min(maxRows, maxCells / cols)) };
}

function clamp(value: number, low: number, high: number): number {
  return Number.isNaN(value) ? low : Math.trunc(Math.min(high, Math.max(low, value)));
}
