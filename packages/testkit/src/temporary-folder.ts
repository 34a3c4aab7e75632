/** Folders of a test's own, such as the data folder of an embedded database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  /** Deletes the folder with all that is in it. May be called twice. */
  remove(): void;
}

/** Makes an empty folder that only this user can read. Its path is short: Unix sockets in it must fit 107 bytes. */
export function makeTemporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'parley-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}
