/** What the gateway needs from a running terminal program: bytes out, bytes in, size, repaint, end. */
import type { Attach } from '@parley/protocol';

export interface TerminalSize {
  cols: number;
  rows: number;
}

/**
 * How a program ended. `failed`: not of its own accord; `shared`: because the process that it shared with others ended,
 * which may be no fault of its own.
 */
export interface TerminalExit {
  readonly failed: boolean;
  readonly shared: boolean;
}

/** One program on one PTY, from its start to its exit. */
export interface TerminalSession {
  /** One listener; it gets every byte, in order, before the exit is reported. */
  onOutput(listener: (bytes: Uint8Array) => void): void;
  /** One listener, called once, after the last output. */
  onExit(listener: (exit: TerminalExit) => void): void;
  /** One listener, called when a program that took its input too slowly has taken it. */
  onInputTaken(listener: () => void): void;
  /** False when the program is slow to take its input: hold more back until `onInputTaken`. */
  write(bytes: Uint8Array): boolean;
  resize(size: TerminalSize): void;
  /** Stops and starts reading: a program that writes more than the PTY holds then waits. */
  pause(): void;
  resume(): void;
  /** Has the whole screen and all terminal modes sent again. */
  repaint(): void;
  /** Nobody looks until `repaint`: the program may save what only somebody who looks needs. */
  detach(): void;
  /** Asks the program to end, then makes it; the exit is reported as ever. May be called twice. */
  close(): void;
}

/** What a program gets to restore the terminal and save its place, once it is asked to end. */
export const CLOSE_GRACE_MS = 2000;

/** The listeners of a session, as every kind of it has them. */
export abstract class TerminalListeners {
  protected tellOutput: (bytes: Uint8Array) => void = () => {};
  protected tellExit: (exit: TerminalExit) => void = () => {};
  protected tellInputTaken: () => void = () => {};

  onOutput(listener: (bytes: Uint8Array) => void): void {
    this.tellOutput = listener;
  }

  onExit(listener: (exit: TerminalExit) => void): void {
    this.tellExit = listener;
  }

  onInputTaken(listener: () => void): void {
    this.tellInputTaken = listener;
  }
}

/** What a session is started with. */
export interface TerminalOrder {
  readonly size: TerminalSize;
  /** The person's address, as a signed ticket is made of it. */
  readonly address: string;
  /** 64 hex digits under which the program keeps its place; undefined for a browser without a cookie. */
  readonly key: string | undefined;
  /** Nothing can have been kept under the key yet. */
  readonly fresh: boolean;
  readonly room: string | undefined;
  readonly nick: string | undefined;
  readonly timezone: string | undefined;
  /** As the page was when the session began. */
  readonly theme: Attach['theme'];
}

/**
 * Starts terminal sessions; throws (rejects) when there is no room for another on this machine. `crashes`: how often
 * shared processes have failed under this session lately.
 */
export type OpenTerminal = (order: TerminalOrder, crashes?: number) => Promise<TerminalSession>;
