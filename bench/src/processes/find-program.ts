/** Where a peer is installed, if it is. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program's path, from PATH and the folders of system daemons. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/games'];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
