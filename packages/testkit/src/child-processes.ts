import { readdirSync, readFileSync } from 'node:fs';

/** The processes that one has started and that are still there, as /proc tells: those whose command line fits. */
export function childrenOf(pid: number, commandLine = /^/): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // `pid (name) state ppid …`, and a name may hold anything.
      const parent = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
      const fits = parent === pid && commandLine.test(readFileSync(`/proc/${entry}/cmdline`, 'utf8'));
      return fits ? [Number(entry)] : [];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}
