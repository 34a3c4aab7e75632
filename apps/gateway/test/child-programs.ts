/** The programs that a gateway in this process has started, and what they hold open, as /proc tells. */
import { readdirSync, readlinkSync } from 'node:fs';
import { childrenOf } from '@parley/testkit';

/** Process ids of the programs that this process has started. */
export const programs = (): number[] => childrenOf(process.pid, /\b(program|host)\.cjs\b/);

/** Throws when one is still there: for after the gateway is closed. */
export function expectNoPrograms(): void {
  const left = programs();
  if (left.length > 0) throw new Error(`Programs were left running: ${left.join(', ')}`);
}

/** What each descriptor of a process is. */
export function descriptors(pid: number | 'self'): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // The descriptor that listed the folder.
    }
  });
}
