/** Fails a test that leaves sockets, servers, child processes or PTYs behind. */
import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import { pollFor } from './poll-for.ts';

const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'PipeWrap', 'PipeServerWrap', 'ProcessWrap', 'TTYWrap', 'Worker'];

/** What is open in this process, by kind, PTY masters included. */
function countOpenResources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (WATCHED.includes(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  const masters = openFiles().filter((target) => target.includes('ptmx')).length;
  if (masters > 0) counts['PTY'] = masters;
  return counts;
}

/** In a file's top level or a `describe`: each of its tests has to release what it opens. */
export function failOnLeaks(): void {
  let before: Readonly<Record<string, number>> = {};
  beforeEach(() => {
    before = countOpenResources();
  });
  afterEach(async () => {
    await pollFor(
      () => Object.entries(countOpenResources()).filter(([kind, count]) => count > (before[kind] ?? 0)),
      (more) => more.length === 0,
      { what: `the test to release what it opened (before it: ${JSON.stringify(before)})` },
    );
  });
}

function openFiles(): string[] {
  try {
    return readdirSync('/proc/self/fd').flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/self/fd/${descriptor}`)];
      } catch {
        // The descriptor that listed the folder is closed by now.
        return [];
      }
    });
  } catch {
    // No /proc on this system: PTYs are not counted there.
    return [];
  }
}
