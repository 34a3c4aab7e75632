/**
 * Decides what a frame consists of: everything, or the panes that have changed. Remembers of each pane what kind of rows
 * the terminal shows of it. Knows cells and nodes, not streams and not when it is time for a frame.
 *
 * A pane is painted alone only when the last frame of everything had it, nothing lay over it, and no such frame is due.
 */
import type { Canvas, Region } from './canvas.ts';
import type { CellTables } from './cell-tables.ts';
import { frame } from './frame-bytes.ts';
import type { NodeTree } from './node-tree.ts';
import { type Painter, type PaneRows } from './painter.ts';
import { hostPanes, type Pane, type PaneHost } from './pane.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { overlapped } from './stacking.ts';
import { StyledRow } from './styled-row.ts';

/** What the last frame left of a pane. */
interface Seen {
  covered: boolean;
  /** Numbers of its rows; undefined when it has none worth to remember. */
  rows: Float64Array | undefined;
}

export interface CursorPlace {
  readonly x: number;
  readonly y: number;
}

export class FrameComposer {
  readonly #root: NodeTree;
  readonly #painter: Painter;
  /** What panes are told of. */
  readonly #host: { -readonly [Key in keyof PaneHost]: PaneHost[Key] };
  readonly #seen = new Map<Pane, Seen>();
  /** What the next frame has to do. */
  #everything = true;
  readonly #changed = new Set<Pane>();
  #cursor: (CursorPlace & { readonly pane: Pane }) | undefined;
  /** The number of the newest row from before the frame that is being composed. */
  #newestBefore = 0;

  /** `onRefresh` is called when a pane asks for a frame. */
  constructor(root: NodeTree, painter: Painter, tables: CellTables, onRefresh: (pane: Pane) => void) {
    this.#root = root;
    this.#painter = painter;
    this.#host = {
      tables,
      scratch: () => root.scratch,
      painted: (pane, canvas) => this.#painted(pane, canvas),
      refreshPane: (pane) => {
        this.#changed.add(pane);
        onRefresh(pane);
      },
    };
    hostPanes(root, this.#host);
  }

  /** Cells mean something else from now on: the next frame is one of everything. */
  set tables(tables: CellTables) {
    this.#host.tables = tables;
    this.#painter.tables = tables;
    this.#everything = true;
  }

  /** Where the cursor is wanted; undefined: nowhere. */
  get cursor(): CursorPlace | undefined {
    return this.#cursor;
  }

  /** Whether there is nothing to be painted. */
  get idle(): boolean {
    return !this.#everything && this.#changed.size === 0;
  }

  /** The next frame is one of everything. */
  requestEverything(): void {
    this.#everything = true;
  }

  /** Writes all that has changed. */
  paint(): void {
    const panes = [...this.#changed].filter((pane) => pane.visible && !pane.detached);
    this.#changed.clear();
    if (!this.canPaintAlone(panes)) this.#paintAll();
    else if (panes.length > 0) this.#paintPanes(panes);
  }

  /** Writes these panes' changes; what else has changed stays due. Each must be one that can be painted alone. */
  paintOnly(panes: Iterable<Pane>): void {
    const wanted = [...panes];
    for (const pane of wanted) this.#changed.delete(pane);
    this.#paintPanes(wanted);
  }

  /** Whether these panes can be painted without the others. */
  canPaintAlone(panes: readonly Pane[]): boolean {
    if (this.#everything || this.#painter.stale) return false;
    return panes.every((pane) => this.#seen.get(pane)?.covered === false);
  }

  #paintAll(): void {
    const { cols, rows } = this.#painter;
    withScratch(cols, rows, (scratch) => {
      this.#cursor = undefined;
      this.#seen.clear();
      // Stays due when a pane throws.
      this.#everything = true;
      this.#newestBefore = StyledRow.newest;
      this.#root.compose(scratch);
      scratch.settle(this.#host.tables);
      // A pane's `paint` may have flushed another screen into the shared buffer: start over.
      frame.begin();
      for (const [pane, seen] of this.#seen) seen.covered = overlapped(pane);
      this.#everything = false;
      this.#painter.paint(scratch.cells);
    });
  }

  #paintPanes(panes: readonly Pane[]): void {
    const { cols, rows } = this.#painter;
    withScratch(cols, rows, (scratch) => {
      this.#newestBefore = StyledRow.newest;
      const composed: { pane: Pane; region: Region; canvas: Canvas | undefined }[] = [];
      this.#root.composePart(scratch, () => {
        for (const pane of panes) {
          const { region } = pane;
          if (region === undefined) continue;
          if (pane.children.length === 0) composed.push({ pane, region, canvas: pane.compose(scratch, region) });
          else if (pane.render() !== undefined) composed.push({ pane, region, canvas: undefined });
        }
      });
      scratch.settle(this.#host.tables);
      frame.begin();
      for (const { pane, region, canvas } of composed) {
        if (canvas === undefined) this.#painter.paint(scratch.cells, region);
        else this.#paintRows(scratch, pane, canvas);
      }
    });
  }

  #paintRows(scratch: Scratch, pane: Pane, canvas: Canvas): void {
    const seen = this.#seen.get(pane);
    const was = seen?.rows;
    const height = canvas.rows.length;
    const is = numbers.length >= height ? numbers : (numbers = new Float64Array(height));
    for (let y = 0; y < height; y++) is[y] = canvas.rows[y]?.id ?? 0;
    const rows: PaneRows = {
      region: canvas.region,
      rows: canvas.rows,
      is,
      was: was?.length === height ? was : undefined,
    };
    this.#painter.paintRows(scratch.cells, rows);
    if (seen !== undefined) seen.rows = this.#keep(canvas.rows, was);
  }

  #painted(pane: Pane, canvas: Canvas): void {
    const { cursor } = canvas;
    if (cursor !== undefined) this.#cursor = { pane, ...cursor };
    else if (this.#cursor?.pane === pane) this.#cursor = undefined;
    if (!this.#everything) return;
    const rows = pane.children.length === 0 ? this.#keep(canvas.rows, undefined) : undefined;
    this.#seen.set(pane, { covered: true, rows });
  }

  /** The numbers of rows, when some of them are older than the frame and may come again; in `reused` if it fits. */
  #keep(rows: readonly (StyledRow | undefined)[], reused: Float64Array | undefined): Float64Array | undefined {
    if (!rows.some((row) => row !== undefined && row.runs.length > 0 && row.id <= this.#newestBefore)) return undefined;
    const kept = reused?.length === rows.length ? reused : new Float64Array(rows.length);
    for (let y = 0; y < rows.length; y++) kept[y] = rows[y]?.id ?? -1;
    return kept;
  }
}

/** The numbers of the rows that are being painted: lent to one call at a time. */
let numbers = new Float64Array(128);
