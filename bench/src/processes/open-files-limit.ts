/** How many files and sockets a process may open: children inherit it. */
import { readFileSync } from 'node:fs';

/** The soft limit; Node raises it to the hard limit when it starts. */
export function openFilesLimit(): number {
  const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft);
}
