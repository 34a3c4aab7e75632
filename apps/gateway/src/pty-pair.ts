/**
 * PTY pairs without a program, from the native part of node-pty (which its typings leave out, and which leaves its
 * descriptors open in children: see `openPtyDescriptors`).
 */
import { closeSync, fchmodSync, fchownSync } from 'node:fs';
import * as nodePty from 'node-pty';
import type { TerminalSize } from './terminal-session.ts';

const { native } = nodePty as unknown as {
  native: { open(cols: number, rows: number): { master: number; slave: number; pty: string } };
};

export interface PtyPair {
  /** Non-blocking; closed by whoever makes a stream of it, who then calls `masterClosed`. */
  readonly master: number;
  /** The slave's path. */
  readonly path: string;
  /** Lets go of the slave, once the program has it open; without a slave the master ends. May be called twice. */
  releaseSlave(): void;
  masterClosed(): void;
}

/** By number. A master's is free before its 'close' is told, and may be another pair's by then: each forgets only its own. */
const owners = new Map<number, PtyPair>();

/** Every PTY descriptor of this process. A child inherits them, because openpty(3) knows no O_CLOEXEC, and must close them. */
export const openPtyDescriptors = (): readonly number[] => [...owners.keys()];

/** Opens a pair whose slave is its owner's alone. Throws when the machine has no PTY left. */
export function openPtyPair(size: TerminalSize, owner: { uid: number; gid: number } | undefined): PtyPair {
  const { master, slave, pty: path } = native.open(size.cols, size.rows);
  const forget = (descriptor: number): void => {
    if (owners.get(descriptor) === pair) owners.delete(descriptor);
  };
  let holdsSlave = true;
  const pair: PtyPair = {
    master,
    path,
    releaseSlave() {
      if (!holdsSlave) return;
      holdsSlave = false;
      forget(slave);
      closeSync(slave);
    },
    masterClosed: () => forget(master),
  };
  owners.set(master, pair).set(slave, pair);
  try {
    fchmodSync(slave, 0o600);
    if (owner !== undefined) fchownSync(slave, owner.uid, owner.gid);
  } catch (error) {
    pair.releaseSlave();
    pair.masterClosed();
    closeSync(master);
    throw error;
  }
  return pair;
}
