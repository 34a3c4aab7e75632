/** Makes a folder for its owner only, with those above it that are missing. Knows nothing of what goes in. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * From the first folder that is there downwards, and rejects where one can't be made. The `recursive` of Node's own mkdir
 * goes up and down for ever where a folder is there and yet says that it is not, as /proc does (seen in Node 20).
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!(await isFolder(path))) throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
