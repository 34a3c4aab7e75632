/** What the path costs with next to nothing at its end: `cat` under the bridge, whose keys the terminal itself echoes. */
import { Releases } from '../bench.ts';
import { RoleProcess } from '../processes/role-process.ts';
import type { role as terminalLoad } from '../roles/terminal-load.ts';
import { median, percentile } from '../statistics.ts';
import { NEWEST_MARK, OLDER_MARK } from './marks.ts';
import { LIVELY_ROOM, QUIET_ROOM } from './speaker.ts';
import { startBridge } from './subjects.ts';

/** Milliseconds. */
export interface PathFigures {
  readonly firstByte: number;
  readonly echoP50: number;
  readonly echoP99: number;
}

/** A session that gets `keys` one after the other, then so many sessions more, opened one by one. */
export async function measurePath(keys: number, sessions: number): Promise<PathFigures> {
  const releases = new Releases();
  try {
    const screen = `printf ${NEWEST_MARK}${OLDER_MARK}; exec cat`;
    const { port } = await startBridge({ command: ['sh', '-c', screen] }, releases);
    const load = releases.keep(new RoleProcess<typeof terminalLoad>('terminal-load'), (each) => each.end());
    await load.call.open({ kind: 'cat', port });
    await load.call.enter({ count: 1, room: LIVELY_ROOM, width: 1 });
    const { latencies } = await load.call.echo({ times: keys, perSecond: 0 });
    const { firsts } = await load.call.enter({ count: sessions, room: QUIET_ROOM, width: 1 });
    return {
      firstByte: median(firsts),
      echoP50: percentile(latencies, 0.5),
      echoP99: percentile(latencies, 0.99),
    };
  } finally {
    await releases.release();
  }
}
