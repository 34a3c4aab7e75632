/** The terminal client as a program on a real PTY, freshly bundled from the sources. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, RawClient, TestTerminal, type TestTerminalOptions } from '@parley/testkit';
import { build } from 'esbuild';
import { blessedPlugin } from '../../../packages/terminal/build/blessed-plugin.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface BuiltProgram {
  /** The bundle. */
  readonly path: string;
  /** A script that makes the program throw on SIGUSR2, to be required before it; it writes its process id to a file. */
  readonly crashScript: string;
  readonly pidFile: string;
  remove(): void;
}

/** Bundles the program as `npm run build` does. */
export const buildProgram = (): Promise<BuiltProgram> => bundle('main');

/** Bundles the host of many clients, as a gateway starts it. */
export const buildHost = (): Promise<BuiltProgram> => bundle('host');

async function bundle(entry: 'main' | 'host'): Promise<BuiltProgram> {
  const folder = makeTemporaryFolder();
  const path = join(folder.path, 'tui.cjs');
  await build({
    absWorkingDir: root,
    entryPoints: [`apps/tui/src/${entry}.ts`],
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    plugins: [blessedPlugin()],
    logLevel: 'warning',
  });
  const crashScript = join(folder.path, 'crash.cjs');
  const pidFile = join(folder.path, 'pid');
  const writesPid = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));`;
  writeFileSync(
    crashScript,
    `${writesPid} process.on('SIGUSR2', () => setImmediate(() => { throw new Error('boom'); }));`,
  );
  return { path, crashScript, pidFile, remove: () => folder.remove() };
}

/** Runs the program as a shell does, so that what it leaves behind can be seen: `before`, then the end's code. */
export function runInShell(
  program: BuiltProgram,
  args: readonly string[],
  options: TestTerminalOptions & { nodeArgs?: readonly string[] } = {},
): TestTerminal {
  const command = [process.execPath, ...(options.nodeArgs ?? []), program.path, ...args].map(quoted).join(' ');
  const script = `echo before; stty -g; ${command}; echo "ended with $?"; stty -g; read line`;
  return TestTerminal.spawn('/bin/sh', ['-c', script], options);
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Sends messages to a room, one after the other, as a guest who stays. */
export async function say(client: RawClient, room: string, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await client.request({ type: 'message.send', room, text, cid: crypto.randomUUID() });
  }
}
