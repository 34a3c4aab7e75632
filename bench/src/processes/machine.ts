/** The machine in words, without a name that would tell which one it is. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

/** "two cores, 24 GB, Debian GNU/Linux 12, Node 20.20". */
export function describeMachine(): string {
  const cores = availableParallelism();
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const system = /^PRETTY_NAME="?([^"\n(]+)/m.exec(release)?.[1]?.trim() ?? process.platform;
  const node = process.versions.node.split('.').slice(0, 2).join('.');
  return `${NUMBERS[cores] ?? cores} ${cores === 1 ? 'core' : 'cores'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${system}, Node ${node}`;
}
