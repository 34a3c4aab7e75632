/**
 * A PTY's slave as a client's input and output. It is not this process's controlling terminal: no signal comes from it.
 * libuv opens a terminal once more for itself, so that two descriptors of each are there while it is open.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { SlaveOutput } from './slave-output.ts';

export interface SlaveTerminal {
  readonly input: ReadStream;
  readonly output: SlaveOutput;
  /** Closes the descriptors. May be called twice. */
  close(): void;
}

/** Throws when the path can't be opened. `onWrite` is called with each frame. */
export function openSlave(path: string, onWrite: () => void): SlaveTerminal {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  let input: ReadStream;
  try {
    input = new ReadStream(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const output = new SlaveOutput(fd, onWrite);
  let isOpen = true;
  return {
    input,
    output,
    close() {
      if (!isOpen) return;
      isOpen = false;
      output.close();
      input.destroy();
      closeSync(fd);
    },
  };
}
