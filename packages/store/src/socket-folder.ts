/** Where Unix sockets of a data folder live: their addresses are short by law, folders are not. */
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** `sun_path` has 104 bytes on macOS and 108 on Linux, one of them for the terminating zero. */
const MAX_ADDRESS_BYTES = 103;
const LONGEST_NAME = 'lock-0123456789abcdef';

export interface SocketFolder {
  /** A path to the folder that leaves room for a socket's name. */
  readonly path: string;
  /** Removes what was made to get there; the folder itself stays. */
  release(): Promise<void>;
}

/** Makes the folder `sockets` in the data folder, for its owner only, and finds a path that is short enough. */
export async function openSocketFolder(dataDir: string): Promise<SocketFolder> {
  const folder = join(dataDir, 'sockets');
  await makeFolder(folder);
  const path = await realpath(folder);
  if (Buffer.byteLength(join(path, LONGEST_NAME)) <= MAX_ADDRESS_BYTES) {
    return { path, release: () => Promise.resolve() };
  }
  // The kernel resolves a short symbolic link as well as a long path.
  const alias = await mkdtemp(join(tmpdir(), 'parley-'));
  await symlink(path, join(alias, 's'));
  return { path: join(alias, 's'), release: () => rm(alias, { recursive: true, force: true }) };
}
