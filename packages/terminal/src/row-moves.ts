/**
 * How the rows of a pane were moved on the terminal. Moving them as far again takes the same bytes, as long as nothing beside
 * them has changed: a room in which people talk is moved on ten times a second. Whether another move would be shorter hangs
 * on what the rows hold, too: when those that are written beside the move take far more than at first, it is planned anew.
 *
 *   empty ──keep──▶ of one region ──something beside it is painted, or `forget` of everything──▶ empty
 */
import type { Region } from './canvas.ts';
import type { ScrollPlan } from './scroll-plan.ts';

export interface RowMove {
  readonly shift: number;
  /** The cell that rows come free in. The bytes begin in its style. */
  readonly background: number;
  /** Undefined: writing the rows anew is shorter. */
  readonly plan: ScrollPlan | undefined;
  readonly bytes: string;
  /** Where they leave the pen. */
  readonly x: number;
  readonly y: number;
  readonly style: number;
  /** Bytes that rows took beside it in its first frame. */
  rowBytes?: number;
}

/** Messages come in some rows, mostly few. */
const MAX_MOVES = 4;
/** So much more for rows than at first is worth another plan, where it is twice as much. */
const WORTH_PLANNING_BYTES = 100;

export class RowMoves {
  readonly #byShift = new Map<number, RowMove>();
  #region: Region | undefined;

  get(shift: number, background: number): RowMove | undefined {
    const move = this.#byShift.get(shift);
    return move?.background === background ? move : undefined;
  }

  keep(region: Region, move: RowMove): void {
    const oldest = this.#byShift.keys().next();
    if (this.#byShift.size >= MAX_MOVES && oldest.done !== true) this.#byShift.delete(oldest.value);
    this.#byShift.set(move.shift, move);
    this.#region = region;
  }

  /** Rows took so many bytes beside the move. */
  took(move: RowMove, rowBytes: number): void {
    move.rowBytes ??= rowBytes;
    if (rowBytes > 2 * move.rowBytes + WORTH_PLANNING_BYTES) this.#byShift.delete(move.shift);
  }

  /** To be called before a region (undefined: everything) is painted: it may lie beside rows that are moved. */
  forget(painted: Region | undefined): void {
    const of = this.#region;
    if (of === undefined) return;
    const isApart = painted !== undefined && (painted.y0 >= of.y1 || painted.y1 <= of.y0);
    const isItself = painted?.x0 === of.x0 && painted.x1 === of.x1 && painted.y0 === of.y0 && painted.y1 === of.y1;
    if (isApart || isItself) return;
    this.#byShift.clear();
    this.#region = undefined;
  }
}
