/**
 * One browser session: a terminal program, and at most one viewer who watches and types. Knows no WebSocket and no PTY.
 *
 *   starting ──program runs──▶ attached ◀──attach── detached ──grace over, or its place is needed──▶ ending
 *                                 │  └───viewer lost───▶ ▲                                              │
 *     ▲                           ├──idle too long, gateway closes──────────────────────────▶ ending ──▶ ended
 *     └───program failed──────────┘
 *
 * From any state the program's own exit leads to ended; one that fails while it is watched is started anew, unless it has
 * done so too often: it finds its place at the core, and its viewer stays. A viewer is there in `attached`, and in `starting` unless it has
 * gone meanwhile; nobody sees what a program says while `ending`. A second attach sends the first viewer away.
 */
import { CLOSE, type GatewayControl } from '@parley/protocol';
import type { Logger } from '@parley/service';
import { CrashHistory } from './crash-history.ts';
import { IdleClock, type IdleTimes } from './idle-clock.ts';
import { OutputFlow, type Watcher } from './output-flow.ts';
import { ResizePace } from './resize-pace.ts';
import type { OpenTerminal, TerminalExit, TerminalOrder, TerminalSession, TerminalSize } from './terminal-session.ts';

/** The other end of a session: someone's page. */
export interface Viewer extends Watcher {
  sendControl(message: GatewayControl): void;
  /** Asks it to hold its bytes back, or to go on. */
  holdInput(held: boolean): void;
  /** The session is done with it. */
  dismiss(code: number): void;
}

export interface SessionTimes extends IdleTimes {
  /** How long a session waits for its viewer. */
  readonly graceMs: number;
  /** The same where the page was closed, or is being loaded anew. */
  readonly closedPageGraceMs: number;
}

/** How a viewer goes: its page was closed, which a reload begins with; or nobody knows whether there still is one. */
export type ViewerEnd = 'page closed' | 'lost';

/** A normal end of a WebSocket. */
export const NORMAL_CLOSE = 1000;

/** The end of a paste. What its viewer took along with the connection would make a paste of all that the next one types. */
const PASTE_END = Buffer.from('\x1b[201~');
/** What a terminal says when its window loses the focus. Whoever looks again is asked for theirs by the repaint. */
const FOCUS_LOST = Buffer.from('\x1b[O');

type State =
  | { name: 'starting'; viewer: Viewer | undefined; left: ViewerEnd; resumed: boolean; failed: boolean }
  | { name: 'attached'; viewer: Viewer }
  | { name: 'detached'; since: number; grace: NodeJS.Timeout }
  | { name: 'ending' }
  | { name: 'ended' };

export class Session {
  readonly order: TerminalOrder;
  /** Resolves when the program is gone. */
  readonly ended: Promise<void>;
  readonly #times: SessionTimes;
  readonly #log: Logger;
  readonly #open: OpenTerminal;
  readonly #releaseEnded: () => void;
  readonly #crashes = new CrashHistory();
  #state: State;
  #size: TerminalSize;
  #terminal: TerminalSession | undefined;
  #flow: OutputFlow | undefined;
  #pace: ResizePace | undefined;
  #idle: IdleClock | undefined;

  constructor(order: TerminalOrder, viewer: Viewer, open: OpenTerminal, times: SessionTimes, log: Logger) {
    this.order = order;
    this.#times = times;
    this.#log = log;
    this.#size = order.size;
    this.#state = { name: 'starting', viewer, left: 'lost', resumed: false, failed: false };
    this.#open = open;
    let release = (): void => {};
    this.ended = new Promise((resolve) => (release = resolve));
    this.#releaseEnded = release;
    this.#start(order.fresh);
  }

  /** When the viewer left, for the choice of whose place to give away; undefined while someone watches. */
  get detachedSince(): number | undefined {
    return this.#state.name === 'detached' ? this.#state.since : undefined;
  }

  /** Whether a viewer may still come (back) to it. */
  get isOpen(): boolean {
    return this.#state.name !== 'ending' && this.#state.name !== 'ended';
  }

  /** A returning viewer, or one that takes over. */
  attach(viewer: Viewer, size: TerminalSize): void {
    const state = this.#state;
    this.#size = size;
    switch (state.name) {
      case 'starting':
        this.#state = { ...state, viewer, resumed: true };
        if (state.viewer !== undefined) replace(state.viewer);
        return;
      case 'attached':
        this.#terminal?.write(PASTE_END);
        break;
      case 'detached':
        clearTimeout(state.grace);
        break;
      case 'ending':
      case 'ended':
        throw new Error(`a session that is ${state.name} was attached to`);
    }
    this.#show(viewer, true);
    // Only now: one that goes while it is still the viewer leaves the session detached, and its grace would run.
    if (state.name === 'attached') replace(state.viewer);
    this.#pace?.resize(size);
    // What is painted should not be laid out anew in a moment.
    this.#pace?.flush();
    this.#terminal?.repaint();
  }

  /** The viewer's connection is gone. One that was replaced does not matter any more. */
  viewerLost(viewer: Viewer, how: ViewerEnd): void {
    const state = this.#state;
    if (state.name === 'starting' && state.viewer === viewer) {
      this.#state = { ...state, viewer: undefined, left: how };
    } else if (state.name === 'attached' && state.viewer === viewer) {
      this.#detach(how);
    }
  }

  /** Bytes from the person at the viewer. */
  input(viewer: Viewer, bytes: Uint8Array): void {
    if (!this.#isWatchedBy(viewer)) return;
    this.#idle?.touch();
    if (this.#terminal?.write(bytes) === false) viewer.holdInput(true);
  }

  resize(viewer: Viewer, size: TerminalSize): void {
    if (this.#state.name === 'starting') this.#size = size;
    if (!this.#isWatchedBy(viewer)) return;
    this.#size = size;
    this.#pace?.resize(size);
  }

  acknowledge(viewer: Viewer, bytes: number): void {
    if (this.#isWatchedBy(viewer)) this.#flow?.acknowledge(bytes);
  }

  /** Ends the program, telling whoever watches why. */
  end(reason: { code: number; message?: GatewayControl }): void {
    const state = this.#state;
    if (state.name === 'ending' || state.name === 'ended') return;
    // Before its viewer goes: one that goes while it is still the viewer leaves the session detached, and its grace runs.
    this.#state = { name: 'ending' };
    this.#idle?.stop();
    this.#pace?.stop();
    this.#flow?.watch(undefined);
    if (state.name === 'detached') clearTimeout(state.grace);
    else if (state.viewer !== undefined) {
      if (reason.message !== undefined) state.viewer.sendControl(reason.message);
      state.viewer.dismiss(reason.code);
    }
    this.#terminal?.close();
  }

  #start(fresh: boolean): void {
    const size = this.#size;
    this.#open({ ...this.order, size, fresh }, this.#crashes.shared).then(
      (terminal) => this.#started(terminal, size),
      (error: unknown) => this.#failedToStart(error),
    );
  }

  #started(terminal: TerminalSession, size: TerminalSize): void {
    const flow = new OutputFlow(terminal);
    this.#terminal = terminal;
    this.#flow = flow;
    this.#pace = new ResizePace(terminal, size);
    terminal.onOutput((bytes) => flow.push(bytes));
    terminal.onExit((exit) => this.#exited(exit));
    terminal.onInputTaken(() => {
      if (this.#state.name === 'attached') this.#state.viewer.holdInput(false);
    });
    const state = this.#state;
    if (state.name !== 'starting') return terminal.close();
    this.#pace.resize(this.#size);
    if (state.viewer === undefined) return this.#detach(state.left);
    // A program that has just started paints by itself.
    this.#show(state.viewer, state.resumed);
    if (!state.failed) return;
    state.viewer.sendControl({ type: 'error', code: 'restarted', message: RESTARTED });
    state.viewer.holdInput(false);
  }

  #failedToStart(error: unknown): void {
    this.#log.error({ error: String(error) }, 'a terminal program could not be started');
    const state = this.#state;
    this.#state = { name: 'ended' };
    if (state.name === 'starting') {
      const message = 'Parley can’t start another terminal right now. It will try again.';
      state.viewer?.sendControl({ type: 'error', code: 'unavailable', message });
      state.viewer?.dismiss(CLOSE.goingAway);
    }
    this.#releaseEnded();
  }

  #show(viewer: Viewer, resumed: boolean): void {
    this.#state = { name: 'attached', viewer };
    viewer.sendControl({ type: 'attached', resumed });
    this.#flow?.watch(viewer);
    this.#idle?.stop();
    this.#idle = new IdleClock(this.#times, {
      warn: () => this.#warnIdle(viewer),
      end: () => this.end({ code: NORMAL_CLOSE, message: { type: 'error', code: 'idle', message: IDLE_END } }),
    });
  }

  #warnIdle(viewer: Viewer): void {
    const seconds = Math.round((this.#times.endAfterMs - this.#times.warnAfterMs) / 1000);
    const time = seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`;
    const message = `Nobody has typed here for long. This session ends in ${time}, unless you press a key.`;
    viewer.sendControl({ type: 'error', code: 'idle', message });
  }

  #detach(how: ViewerEnd): void {
    this.#idle?.stop();
    // Whoever comes next says what size there is then.
    this.#pace?.stop();
    this.#flow?.watch(undefined);
    // Output from now on is dropped, since nobody sees it. Nobody typed these bytes, so the idle clock is not reset.
    this.#terminal?.write(PASTE_END);
    this.#terminal?.write(FOCUS_LOST);
    this.#terminal?.detach();
    const { graceMs, closedPageGraceMs } = this.#times;
    const waitMs = how === 'page closed' ? closedPageGraceMs : graceMs;
    const grace = setTimeout(() => this.end({ code: NORMAL_CLOSE }), waitMs);
    this.#state = { name: 'detached', since: performance.now(), grace };
  }

  #exited({ failed, shared }: TerminalExit): void {
    const state = this.#state;
    this.#idle?.stop();
    this.#pace?.stop();
    // That of a shared process has been logged, once for all.
    if (failed && !shared) this.#log.error('a terminal program failed');
    if (state.name === 'attached') this.#flow?.flush();
    if (state.name === 'attached' && failed && this.#crashes.add(shared)) {
      // What is typed meanwhile is for the next one.
      state.viewer.holdInput(true);
      this.#terminal = undefined;
      this.#state = { name: 'starting', viewer: state.viewer, left: 'lost', resumed: true, failed: true };
      // It finds what the one before has kept.
      return this.#start(false);
    }
    // Before its viewer goes, as in `end`.
    this.#state = { name: 'ended' };
    if (state.name === 'attached') {
      if (failed) state.viewer.sendControl({ type: 'error', code: 'unavailable', message: CRASH });
      state.viewer.sendControl({ type: 'exit' });
      state.viewer.dismiss(NORMAL_CLOSE);
    } else if (state.name === 'detached') {
      clearTimeout(state.grace);
    }
    this.#releaseEnded();
  }

  #isWatchedBy(viewer: Viewer): boolean {
    return this.#state.name === 'attached' && this.#state.viewer === viewer;
  }
}

const IDLE_END = 'This session ended because nobody had typed for long.';
const RESTARTED = 'The terminal client stopped unexpectedly and was started again.';
const CRASH = 'The terminal client stopped unexpectedly.';

function replace(viewer: Viewer): void {
  viewer.sendControl({ type: 'error', code: 'replaced', message: 'This session went on in another window.' });
  viewer.dismiss(NORMAL_CLOSE);
}
