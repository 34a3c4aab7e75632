/** A node of blessed's tree that paints cells itself. Position, size and stacking stay blessed's. */
import Box, { type Coordinates, type NodeOptions } from 'blessed/lib/widgets/box.js';
import { Canvas, type Region } from './canvas.ts';
import type { CellTables } from './cell-tables.ts';
import type { Scratch } from './scratch.ts';

export interface PaneOptions extends NodeOptions {
  /** Paints the whole of the canvas, which is blank. Called for each frame the pane is part of; must not throw. */
  paint(this: void, canvas: Canvas): void;
}

/** The side of the screen that panes need. */
export interface PaneHost {
  readonly tables: CellTables;
  /** The cells of the frame that is being composed; none between frames. */
  scratch(this: void): Scratch | undefined;
  /** A pane was painted, alone or among all. */
  painted(pane: Pane, canvas: Canvas): void;
  /** A pane has changed and nothing else: paint it soon. */
  refreshPane(pane: Pane): void;
}

const hosts = new WeakMap<object, PaneHost>();

/** Makes a screen's node tree known as the home of panes. */
export function hostPanes(tree: object, host: PaneHost): void {
  hosts.set(tree, host);
}

/** What a box of blessed's has of its own and a pane has no use for, once for all: it was half of a pane's memory. */
const LEAN = {
  options: Object.freeze({}),
  style: Object.freeze({}),
  padding: Object.freeze({ left: 0, top: 0, right: 0, bottom: 0 }),
};

/** As blessed's own listener, but not made anew for each node. */
function onDetach(this: Pane): void {
  this.lpos = undefined;
}

export class Pane extends Box {
  readonly #paint: (canvas: Canvas) => void;
  #host: PaneHost | undefined;

  constructor(options: PaneOptions) {
    const { paint, ...box } = options;
    super(box);
    this.#paint = paint;
    this.removeAllListeners();
    this.on('detach', onDetach);
    this.options = LEAN.options;
    this.style = LEAN.style;
    this.padding = LEAN.padding;
  }

  /** There is no content but what is painted. */
  override parseContent(): boolean {
    return false;
  }

  /**
   * The pane's content has changed: it alone is painted, soon. Much cheaper than a render of the screen, which a change of
   * place or size needs.
   */
  refresh(): void {
    this.#home?.refreshPane(this);
  }

  override render(): Coordinates | undefined {
    const scratch = this.#home?.scratch();
    if (scratch === undefined) return undefined;
    this.lpos = this._getCoords(true);
    const region = this.region;
    if (region === undefined) return undefined;
    scratch.take(region.x0, region.y0, region.x1, region.y1);
    this.compose(scratch, region)?.settle();
    for (const child of this.children) if (child instanceof Box) child.render();
    return this.lpos;
  }

  /** Paints the pane alone on cells of the screen, without its children; rows may not have become cells yet. */
  compose(scratch: Scratch, region: Region): Canvas | undefined {
    const host = this.#home;
    if (host === undefined) return undefined;
    const canvas = new Canvas(scratch.cells, scratch.cols, region, host.tables);
    this.#paint(canvas);
    host.painted(this, canvas);
    return canvas;
  }

  get #home(): PaneHost | undefined {
    return (this.#host ??= hosts.get(this.screen));
  }

  /** Where the pane is on the screen since the last frame; undefined when it isn't seen. */
  get region(): Region | undefined {
    const place = this.lpos;
    if (place === undefined || !this.visible) return undefined;
    return clip(place, { cols: this.screen.cols, rows: this.screen.rows });
  }
}

function clip(place: Coordinates, size: { readonly cols: number; readonly rows: number }): Region | undefined {
  const x0 = Math.max(0, place.xi);
  const y0 = Math.max(0, place.yi);
  const x1 = Math.min(size.cols, place.xl);
  const y1 = Math.min(size.rows, place.yl);
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : undefined;
}
