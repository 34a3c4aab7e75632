/** What a process does, as /proc tells. */
import { readFileSync } from 'node:fs';

/**
 * CPU used without a sign of life, after which a process hangs. A repaint takes some 10 ms, and one client's longest piece of
 * work a tenth of it.
 */
export const HANGING_CPU_MS = 400;

export interface ProcessState {
  /** User and system CPU so far. */
  readonly cpuMs: number;
  /** A signal has stopped it, and no other has let it go on. */
  readonly isStopped: boolean;
}

/** Where /proc does not tell: no CPU used, and not stopped. */
export function processState(pid: number | undefined): ProcessState {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything. The state is the first field after it; USER_HZ is 100.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, isStopped: fields[0] === 'T' };
  } catch {
    return { cpuMs: 0, isStopped: false };
  }
}
