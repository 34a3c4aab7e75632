/**
 * blessed's screen, reduced to what it is good at: the tree of nodes and their layout. It neither draws nor reads, and knows
 * no keys and no focus. Nor does it register itself anywhere: blessed's list of screens stays empty, so that its handlers of
 * signals, exceptions and exit are never installed and nothing is found but through `parent`.
 */
import { EventEmitter } from 'node:events';
import BlessedScreen, { type BlessedLine } from 'blessed/lib/widgets/screen.js';
import type Node from 'blessed/lib/widgets/node.js';
import type { Scratch } from './scratch.ts';

// The constructor calls this to add the screen to a process-wide list and, the first time, to install process handlers.
BlessedScreen.bind = (): void => {};

/** Stands in for blessed's Program, which would read the environment, the terminfo files and the input. */
class SilentProgram extends EventEmitter {
  readonly tput = { unicode: true, colors: 256, strings: {}, numbers: {}, bools: {} };
  readonly options: Record<string, unknown> = {};
  readonly isiTerm2 = false;
  cols: number;
  rows: number;

  constructor(cols: number, rows: number) {
    super();
    this.setMaxListeners(0);
    this.cols = cols;
    this.rows = rows;
  }

  setupTput(): void {}
}

export class NodeTree extends BlessedScreen {
  readonly #program: SilentProgram;
  readonly #onRenderAsked: () => void;
  /** The cells that are being composed; undefined between frames. */
  #scratch: Scratch | undefined;

  /** `onRenderAsked` is called when a widget asks for a render by itself. */
  constructor(cols: number, rows: number, onRenderAsked: () => void) {
    const program = new SilentProgram(cols, rows);
    super({ program, fullUnicode: true });
    this.#program = program;
    this.#onRenderAsked = onRenderAsked;
  }

  /** The cells of the frame in blessed's form, for its widgets; none between frames. */
  get lines(): BlessedLine[] {
    return this.#inUse?.lines ?? [];
  }
  get scratch(): Scratch | undefined {
    return this.#inUse;
  }
  // blessed's constructor gets here before the private fields are there.
  get #inUse(): Scratch | undefined {
    return #scratch in this ? this.#scratch : undefined;
  }

  /** Renders all nodes into the scratch, bottom up, as blessed's own render does before it draws. */
  compose(scratch: Scratch): void {
    this.#scratch = scratch;
    try {
      this.emit('prerender');
      this._borderStops = {};
      this._ci = 0;
      for (const child of this.children) {
        child.index = this._ci++;
        if (isRendered(child)) child.render();
      }
      this._ci = -1;
      this.renders++;
      this.emit('render');
    } finally {
      this.#scratch = undefined;
    }
  }

  /** Lets nodes compose parts of the scratch. */
  composePart(scratch: Scratch, compose: () => void): void {
    this.#scratch = scratch;
    try {
      compose();
    } finally {
      this.#scratch = undefined;
    }
  }

  resize(cols: number, rows: number): void {
    this.#program.cols = cols;
    this.#program.rows = rows;
    this.#program.emit('resize');
  }

  override render(): void {
    if (#onRenderAsked in this) this.#onRenderAsked();
  }
  override enter(): void {}
  override leave(): void {}
  override alloc(): void {}
  override realloc(): void {}
  override draw(): void {}

  override fillRegion(attr: number, ch: string, xi: number, xl: number, yi: number, yl: number, over?: boolean): void {
    // Between frames (a node hides, its content changes) there is nothing to erase: every frame starts blank.
    if (this.#inUse !== undefined) super.fillRegion(attr, ch, xi, xl, yi, yl, over);
  }

  override destroy(): void {
    for (const child of this.children.slice()) child.destroy();
    this.removeAllListeners();
    this.#program.removeAllListeners();
  }
}

const isRendered = (node: Node): node is Node & { render(): void } => 'render' in node;
