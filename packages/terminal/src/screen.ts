/**
 * One terminal taken over: input events out, frames in, everything given back at the end. All state is this object's; it
 * touches neither the process's streams nor its signals.
 *
 *   painting ◀──drain── stalled
 *      │ write says "full" ─▲     frames are dropped while stalled; after the drain one frame brings the difference
 *      │
 *      ├──detach(), suspend()──▶ detached  nobody looks: no cells are kept, nothing is written until `repaint`
 *      ├──leave()──▶ left         the terminal is as it was before
 *      └──a stream fails──▶ gone  nothing can be written any more; `leave` still releases the input
 *
 * A key's answer is painted in the turn that brought the key, and alone: what else has changed waits for its own frame.
 */
import { CellTables, sharedTables } from './cell-tables.ts';
import { type MonotonicClock, monotonicClock } from './clock.ts';
import { frame } from './frame-bytes.ts';
import { FrameComposer } from './frame-composer.ts';
import { FramePacer } from './frame-pacer.ts';
import type { InputEvent } from './input-events.ts';
import { InputFeed } from './input-feed.ts';
import { NodeTree } from './node-tree.ts';
import { Painter } from './painter.ts';
import type { Pane } from './pane.ts';
import { type ScreenInput, type ScreenOutput, takeStreams } from './screen-streams.ts';
import { SYNCHRONIZED_END, SYNCHRONIZED_START } from './terminal-abilities.ts';
import type { CursorShape } from './terminal-modes.ts';
import { TerminalSettings } from './terminal-settings.ts';

export interface ScreenSize {
  readonly cols: number;
  readonly rows: number;
}

export interface ScreenOptions {
  input: ScreenInput;
  output: ScreenOutput;
  size: ScreenSize;
  /** Every key, text, paste and click, one by one. */
  onInput?: ((this: void, event: InputEvent) => void) | undefined;
  /** After the size has changed and before the next frame. */
  onResize?: ((this: void, size: ScreenSize) => void) | undefined;
  /** The input or output has failed: the terminal is gone. At most once. */
  onGone?: ((this: void, error: Error) => void) | undefined;
  /**
   * A pane's `paint`, `onInput` or `onResize` has thrown: the screen has left the terminal, other screens know nothing of
   * it. Without this the error goes on to whoever called, which may be the event loop.
   */
  onFault?: ((this: void, error: unknown) => void) | undefined;
  /** Reports of the window's focus. Default false. */
  focusReports?: boolean | undefined;
  /** Asks for the background colour, again whenever it changes: the answers come as `reply` events. Default false. */
  colorReports?: boolean | undefined;
  cursorShape?: CursorShape | undefined;
  /** What colours from 0 on look like, as `#rrggbb`: the terminal is taught them. Default: as it has them. */
  palette?: readonly string[] | undefined;
  /** The terminal gives text the columns that `width` does, so that its cursor is known after text. Default false. */
  agreesOnWidths?: boolean | undefined;
  /** The terminal erases in the background at hand (BCE); GNU screen does not by default. Default true. */
  erasesInColor?: boolean | undefined;
  /** Nothing is written, modes included, before there is something to paint. Default false: modes at once, and a blank screen. */
  startsUnseen?: boolean | undefined;
  clock?: MonotonicClock | undefined;
  /** Tables of styles and clusters; default: those that all screens of the process share. */
  tables?: CellTables | undefined;
}

export type ScreenState = 'painting' | 'stalled' | 'detached' | 'left' | 'gone';

/** How long a size must stand before it is painted: dragging a window's edge sends hundreds. */
const RESIZE_MS = 50;
/** Keys that come faster than this are answered together: they are a paste, or a flood. */
const ECHO_MS = 1;
/** Frames from this length on are marked as one, where the terminal knows marks, or the cursor is hidden meanwhile. */
const LONG_FRAME = 1024;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/**
 * Clusters that a screen may add to tables that it shares, in all its time: when those are full, everybody has to draw
 * everything anew. One that needs more gets tables of its own.
 */
const MAX_SHARED_CLUSTERS = 2048;
/** Clusters that a frame may add to those: it takes some 20 µs each, and others wait. */
const MAX_OWN_CLUSTERS = 4096;
const MAX_COLS = 1000;
const MAX_ROWS = 500;

/** Takes the terminal over: alternate screen, modes, raw input. Paints when there is something to paint. */
export function openScreen(options: ScreenOptions): TerminalScreen {
  return new TerminalScreen(options);
}

export class TerminalScreen {
  /** The root of the node tree: the `parent` of panes and boxes. */
  readonly root: NodeTree;
  readonly #options: ScreenOptions;
  #tables: CellTables;
  #sharesTables = true;
  /** Clusters that the next frame may add to the tables. */
  #mayAdd = MAX_SHARED_CLUSTERS;
  readonly #painter: Painter;
  readonly #composer: FrameComposer;
  readonly #pacer: FramePacer;
  readonly #clock: MonotonicClock;
  readonly #feed: InputFeed;
  readonly #release: () => void;
  #state: ScreenState = 'painting';
  readonly #settings: TerminalSettings;
  #cursorSeen = false;
  #handlingInput = false;
  /** The input at hand has changed something, and these panes. */
  #answerDue = false;
  readonly #echoes = new Set<Pane>();
  /** What the next frame is to show is made by this. */
  #prepare: (() => void) | undefined;
  /** What that changes comes with the frame that it was run for. */
  #isPreparing = false;
  #lastEcho = Number.NEGATIVE_INFINITY;

  constructor(options: ScreenOptions) {
    const { cols, rows } = clampSize(options.size);
    const clock = options.clock ?? monotonicClock;
    this.#options = options;
    this.#tables = options.tables ?? sharedTables;
    this.#settings = new TerminalSettings({
      focusReports: options.focusReports ?? false,
      colorReports: options.colorReports ?? false,
      shape: options.cursorShape ?? 'default',
      palette: options.palette,
    });
    this.#clock = clock;
    const { erasesInColor, agreesOnWidths } = options;
    this.#painter = new Painter(this.#tables, cols, rows, { erasesInColor, agreesOnWidths });
    this.#pacer = new FramePacer(clock, () => this.flush());
    const { input } = options;
    this.#feed = new InputFeed({
      clock,
      onInput: (event) => this.#handleInput(event),
      onHandled: (more) => this.#answer(more),
      onHold: (held) => void (held ? input.pause?.() : input.resume?.()),
    });
    this.root = new NodeTree(cols, rows, () => this.render());
    this.#composer = new FrameComposer(this.root, this.#painter, this.#tables, (pane) => {
      if (this.#handlingInput) this.#echoes.add(pane);
      this.#request();
    });
    this.#release = this.#listen();
    if (options.startsUnseen !== true) this.flush();
  }

  get state(): ScreenState {
    return this.#state;
  }
  get cols(): number {
    return this.#painter.cols;
  }
  get rows(): number {
    return this.#painter.rows;
  }

  /** Asks for a frame of everything: the layout changed, a popup came or went. Coalesced. */
  render(): void {
    this.#composer.requestEverything();
    this.#request();
  }

  /**
   * Runs it right before the next frame, and asks for one: at once when idle, paced under load; also where nothing is
   * painted. Work that many changes share is done once that way. The newest counts. `patient`: it may wait for another
   * frame, or a moment.
   */
  beforeFrame(run: () => void, { patient = false } = {}): void {
    this.#prepare = run;
    this.#pacer.request(patient ? 'patient' : 'prompt');
  }

  /** Paints what was asked for now, unless the output is full. */
  flush(): void {
    // While a frame is being composed (a pane's `paint` got here) another one has to wait.
    if (this.root.scratch !== undefined) return this.#request();
    const prepare = this.#prepare;
    this.#prepare = undefined;
    if (prepare !== undefined && !this.#prepareFrame(prepare)) return;
    this.#pacer.started();
    // What was prepared has led to more that wants to be.
    if (this.#prepare !== undefined) this.#pacer.request();
    this.#echoes.clear();
    if (this.#state === 'painting') this.#paint(() => this.#composer.paint());
  }

  #prepareFrame(prepare: () => void): boolean {
    this.#isPreparing = true;
    try {
      return this.#guard(prepare);
    } finally {
      this.#isPreparing = false;
    }
  }

  /** The terminal has another size; clamped to 1–1000 columns and 1–500 rows. Painted when it has stood for 50 ms. */
  resize(size: ScreenSize): void {
    const { cols, rows } = clampSize(size);
    if (cols === this.cols && rows === this.rows) return;
    this.#painter.resize(cols, rows);
    this.root.resize(cols, rows);
    this.#composer.requestEverything();
    this.#guard(() => this.#options.onResize?.({ cols, rows }));
    if (this.#state === 'painting') this.#pacer.postpone(RESIZE_MS);
  }

  /** Sends all modes again and draws everything: the terminal may be another one, or another program was in it. */
  repaint(): void {
    if (!this.#isOpen) return;
    if (this.#state === 'detached') this.#state = 'painting';
    this.#settings.forget();
    this.#painter.invalidate();
    this.#composer.requestEverything();
    // Asked for by a key that is held down, or by thousands of them, it is done once a frame.
    if (this.#handlingInput) this.#request();
    else this.flush();
  }

  /** Nobody looks: what the terminal shows is forgotten, to save memory, and nothing is written until `repaint`. */
  detach(): void {
    if (!this.#isOpen) return;
    this.#state = 'detached';
    if (this.#prepare === undefined) this.#pacer.cancel();
    this.#painter.invalidate();
    this.#composer.requestEverything();
  }

  /** Gives the terminal back as it was until `repaint`, which takes it again. The streams stay taken, and raw. */
  suspend(): void {
    if (!this.#isOpen || this.#state === 'detached') return;
    this.#options.output.write(this.#settings.undo());
    this.detach();
  }

  /** The window's title, sanitised; the one before comes back at `leave` where the terminal can do that. */
  setTitle(text: string): void {
    if (text === this.#settings.title) return;
    this.#settings.title = text;
    this.#request();
  }

  setPalette(colors: readonly string[] | undefined): void {
    this.#settings.palette = colors;
    this.#request();
  }

  /**
   * Bytes for what shows the terminal, which change nothing on it: written with the next frame, and again with the modes. The
   * newest count.
   */
  setNote(bytes: string): void {
    this.#settings.note = bytes;
    this.#request();
  }

  bell(): void {
    this.#settings.ring();
    this.#request();
  }

  /** Gives the terminal back as it was and lets go of the streams, which stay open. May be called twice. */
  leave(): void {
    if (this.#state === 'left') return;
    const writable = this.#state !== 'gone';
    this.#state = 'left';
    this.#pacer.cancel();
    this.#feed.close();
    if (writable) this.#options.output.write(this.#settings.undo());
    this.#release();
    this.root.destroy();
  }

  get #isOpen(): boolean {
    return this.#state === 'painting' || this.#state === 'stalled' || this.#state === 'detached';
  }

  #request(): void {
    if (this.#handlingInput) this.#answerDue = true;
    else if (this.#state === 'painting' && !this.#isPreparing) this.#pacer.request();
  }

  #handleInput(event: InputEvent): void {
    if (this.#settings.learn(event)) return this.#request();
    this.#handlingInput = true;
    try {
      this.#guard(() => this.#options.onInput?.(event));
    } finally {
      this.#handlingInput = false;
    }
  }

  /**
   * Paints what the input has changed: now and alone if that can be, else with all the rest when the turn is over. While
   * there is more of it than a turn takes, frames come as they do under any load.
   */
  #answer(more: boolean): void {
    if (!this.#answerDue || this.#state !== 'painting') return;
    if (more) return this.#pacer.request();
    this.#answerDue = false;
    const panes = [...this.#echoes].filter((pane) => pane.visible && !pane.detached);
    this.#echoes.clear();
    const now = this.#clock.now();
    const isFlood = now - this.#lastEcho < ECHO_MS;
    if (isFlood || this.root.scratch !== undefined || !this.#composer.canPaintAlone(panes)) {
      return this.#pacer.request('urgent');
    }
    this.#lastEcho = now;
    this.#paint(() => this.#composer.paintOnly(panes));
    if (this.#composer.idle && this.#prepare === undefined) this.#pacer.cancel();
  }

  /** Runs what isn't ours. What it throws ends this screen alone, if somebody is to be told. */
  #guard(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      const { onFault } = this.#options;
      if (onFault === undefined) throw error;
      this.leave();
      onFault(error);
      return false;
    }
  }

  #paint(paintCells: () => void): void {
    frame.begin();
    if (!this.#guard(() => this.#compose(paintCells)) || frame.length === 0 || !this.#isOpen) return;
    this.#pacer.wrote(frame.length);
    const { output } = this.#options;
    const isTaken = output.writeBytes?.(frame.bytes, frame.length) ?? output.write(frame.since(0));
    if (!isTaken && this.#state === 'painting') this.#state = 'stalled';
  }

  /** Makes the frame: settings, cells and cursor as they have changed. */
  #compose(paintCells: () => void): void {
    this.#tables.settle(this.#mayAdd);
    // Modes are due with a screen that is drawn anew, which tells the pen where it is.
    if (this.#settings.isFresh) this.#cursorSeen = false;
    const { abilities } = this.#settings;
    this.#painter.margins = abilities.margins;
    const before = this.#settings.take();
    paintCells();
    if (this.#sharesTables) this.#mayAdd = this.#tables.left;
    if (this.#sharesTables && this.#tables.isShort) this.#paintWithOwnTables();
    const { cursor } = this.#composer;
    const isLong = frame.length >= LONG_FRAME;
    const marked = isLong && abilities.synchronized;
    const hides = this.#cursorSeen && (cursor === undefined || (isLong && !marked));
    if (hides) frame.prepend(HIDE_CURSOR);
    frame.prepend(before);
    if (marked) frame.prepend(SYNCHRONIZED_START);
    if (cursor !== undefined) {
      this.#painter.moveCursor(cursor.x, cursor.y);
      if (hides || !this.#cursorSeen) frame.write(SHOW_CURSOR);
    }
    this.#cursorSeen = cursor !== undefined;
    if (marked) frame.write(SYNCHRONIZED_END);
  }

  /** Makes the frame anew, which has been cut short. */
  #paintWithOwnTables(): void {
    this.#sharesTables = false;
    this.#mayAdd = MAX_OWN_CLUSTERS;
    this.#tables = new CellTables();
    this.#tables.settle(this.#mayAdd);
    this.#composer.tables = this.#tables;
    frame.begin();
    this.#composer.paint();
  }

  /** Takes the streams; returns what lets go of them. */
  #listen(): () => void {
    return takeStreams(this.#options, {
      received: (chunk) => this.#feed.push(chunk),
      drained: () => {
        if (this.#state !== 'stalled') return;
        this.#state = 'painting';
        this.#pacer.request();
      },
      failed: (error) => {
        if (!this.#isOpen) return;
        this.#state = 'gone';
        this.#pacer.cancel();
        this.#options.onGone?.(error);
      },
    });
  }
}

function clampSize(size: ScreenSize): ScreenSize {
  const clamp = (value: number, max: number): number =>
    Number.isFinite(value) ? Math.max(1, Math.min(max, Math.floor(value))) : 1;
  return { cols: clamp(size.cols, MAX_COLS), rows: clamp(size.rows, MAX_ROWS) };
}
