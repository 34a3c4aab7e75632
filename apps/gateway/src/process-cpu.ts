/** What a process has used, as /proc tells. */
import { readFileSync } from 'node:fs';

/** User and system CPU of a process so far; 0 where /proc does not tell. */
export function cpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything. The state is the first field after it; USER_HZ is 100.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}
