/** What a process has used, from /proc: CPU of all its threads, memory as PSS and as private pages. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** The unit of utime and stime: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Of /proc/PID/stat what follows the process's name, from its state on: 1 is its parent, 11 to 14 are ticks of CPU. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold anything: count from the last bracket.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const secondsOf = (ticks: readonly string[]): number =>
  ticks.reduce((sum, each) => sum + Number(each), 0) / TICKS_PER_SECOND;

/** User and system CPU of the process, ended threads included, in seconds; steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  return secondsOf(statFields(pid).slice(11, 13));
}

/** CPU of a process and everything below it, with what reaped children have used. */
export function treeCpuSeconds(pid: number): number {
  return descendants(pid).reduce((sum, each) => {
    try {
      return sum + secondsOf(statFields(each).slice(11, 15));
    } catch {
      // It has ended since the list was made; its parent counts it once it has been reaped.
      return sum;
    }
  }, 0);
}

export interface Memory {
  /** Proportional set size: shared pages divided among those who share them. */
  readonly pssBytes: number;
  /** Pages that go away with the process. */
  readonly privateBytes: number;
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
  return {
    pssBytes: kilobytes('Pss') * 1024,
    privateBytes: (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) * 1024,
  };
}

/** Memory of a process and everything below it. */
export function treeMemory(pid: number): Memory {
  let pssBytes = 0;
  let privateBytes = 0;
  for (const each of descendants(pid)) {
    try {
      const memory = memoryOf(each);
      pssBytes += memory.pssBytes;
      privateBytes += memory.privateBytes;
    } catch {
      // It has ended since the list was made.
    }
  }
  return { pssBytes, privateBytes };
}

/** Of the processes below one, the one that holds the most memory. */
export function largestBelow(pid: number): number | undefined {
  const below = descendants(pid).filter((each) => each !== pid);
  return below.toSorted((a, b) => memoryOf(b).pssBytes - memoryOf(a).pssBytes)[0];
}

/** The process itself and all below it. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(statFields(Number(entry))[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // A process that ended while the folder was read.
    }
  }
  const found: number[] = [];
  const visit = (each: number): void => {
    found.push(each);
    for (const child of children.get(each) ?? []) visit(child);
  };
  visit(pid);
  return found;
}
