/** The programs that a gateway in this process has started, and what they hold open, as /proc tells. */
import { readdirSync, readlinkSync, readFileSync } from 'node:fs';

/** Process ids of the programs that this process has started. */
export function programs(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return status.slice(status.lastIndexOf(')')).split(' ')[2] === String(process.pid) && isProgram(pid);
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number);
}

/** Throws when one is still there: for after the gateway is closed. */
export function expectNoPrograms(): void {
  const left = programs();
  if (left.length > 0) throw new Error(`Programs were left running: ${left.join(', ')}`);
}

const isProgram = (pid: string): boolean =>
  /\b(program|host)\.cjs\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));

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
