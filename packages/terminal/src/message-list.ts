/**
 * A virtual list of items of any height: rows are made on demand, for what is seen, and cached for one width. Knows rows,
 * not messages.
 *
 *   following ──scrolled up──▶ held ──scrolled to the end, or `toBottom`──▶ following
 *
 * `following` shows the newest item at the bottom. `held` keeps one row of one item at the top of the view, whatever is
 * appended, prepended or edited around it. Invariant: the view never has empty rows below while there are items above.
 */
import { ItemDeque } from './item-deque.ts';
import { StyledRow } from './styled-row.ts';

export type ListKey = string | number;

export interface MessageListOptions<Item> {
  /** Must be unique in the list and stay with the item through edits. */
  keyOf(this: void, item: Item): ListKey;
  /** The item's rows, at most `width` columns each. `previous` is the item above it, for grouping and separators. */
  render(this: void, item: Item, width: number, previous: Item | undefined): readonly StyledRow[];
  /**
   * Whether a view, or a scroll, has made rows for long enough: those that are still to be made wait for the next one, which
   * a view is shorter for, and a scroll goes less far. Default: never.
   */
  isSpent?: ((this: void) => boolean) | undefined;
  /** Called when the view comes near the oldest item and `older` is `available`; it is `asked` then. */
  onNeedOlder?: ((this: void) => void) | undefined;
}

/** Whether there is something before the oldest item: unknown to the list until told. */
export type Older = 'available' | 'asked' | 'none';

/** Where a list stands, to save and restore: at the bottom, or a row of an item at the top. */
export type ListPosition =
  { readonly at: 'bottom' } | { readonly at: 'item'; readonly key: ListKey; readonly row: number };

type Mode = { readonly kind: 'following' } | { readonly kind: 'held'; readonly index: number; readonly row: number };

/** A row of the view, and the item it belongs to. */
export interface ListRow<Item> {
  readonly row: StyledRow;
  readonly item: Item;
}

const FOLLOWING: Mode = { kind: 'following' };
/** Items whose rows are kept besides two screens of them. */
const MAX_CACHED = 128;

export class MessageList<Item> {
  readonly #options: MessageListOptions<Item>;
  readonly #items = new ItemDeque<Item>();
  readonly #indexes = new Map<ListKey, number>();
  readonly #rows = new Map<number, readonly StyledRow[]>();
  #mode: Mode = FOLLOWING;
  #older: Older = 'none';
  #width = 0;
  #height = 0;
  /** Index of the newest item that has been seen at the bottom of the view. */
  #seen = -1;

  constructor(options: MessageListOptions<Item>) {
    this.#options = options;
  }

  get size(): number {
    return this.#items.size;
  }
  get first(): Item | undefined {
    return this.#items.get(this.#items.first);
  }
  get following(): boolean {
    return this.#mode.kind === 'following';
  }
  /** Items that were appended below what has been seen; 0 while following. */
  get newBelow(): number {
    return this.following ? 0 : Math.max(0, this.#items.end - 1 - this.#seen);
  }
  get position(): ListPosition {
    const mode = this.#mode;
    if (mode.kind === 'following') return { at: 'bottom' };
    const item = this.#items.get(mode.index);
    return item === undefined ? { at: 'bottom' } : { at: 'item', key: this.#options.keyOf(item), row: mode.row };
  }

  has(key: ListKey): boolean {
    return this.#indexes.has(key);
  }

  /** The size of the view. A new width makes rows anew; a held row stays at the top. */
  resize(width: number, height: number): void {
    if (width !== this.#width) this.#rows.clear();
    this.#width = width;
    this.#height = height;
  }

  setOlder(older: Older): void {
    this.#older = older;
  }

  /** Adds items at the end; one whose key is there already replaces that in its place. */
  append(items: readonly Item[]): void {
    for (const item of items) {
      if (this.update(item)) continue;
      this.#indexes.set(this.#options.keyOf(item), this.#items.push(item));
    }
    if (this.following) this.#seen = this.#items.end - 1;
  }

  /** Adds older items, ascending, before all others. `older` says whether there are more. */
  prepend(items: readonly Item[], older: 'available' | 'none'): void {
    this.#rows.delete(this.#items.first);
    for (let at = items.length - 1; at >= 0; at--) {
      const item = items[at];
      if (item === undefined || this.update(item)) continue;
      this.#indexes.set(this.#options.keyOf(item), this.#items.unshift(item));
    }
    this.#older = older;
  }

  /** Replaces the item with the same key. Returns false when there is none. */
  update(item: Item): boolean {
    const index = this.#indexes.get(this.#options.keyOf(item));
    if (index === undefined) return false;
    this.#items.set(index, item);
    this.#rows.delete(index);
    this.#rows.delete(index + 1);
    return true;
  }

  /** Removes an item. Costs what stands after it. */
  remove(key: ListKey): boolean {
    const index = this.#indexes.get(key);
    if (index === undefined) return false;
    this.#indexes.delete(key);
    this.#items.remove(index);
    for (let at = index; at < this.#items.end; at++) {
      const item = this.#items.get(at);
      if (item !== undefined) this.#indexes.set(this.#options.keyOf(item), at);
    }
    for (const cached of this.#rows.keys()) if (cached >= index) this.#rows.delete(cached);
    if (this.#seen >= index) this.#seen--;
    const mode = this.#mode;
    if (mode.kind === 'held' && mode.index > index) this.#mode = { ...mode, index: mode.index - 1 };
    else if (mode.kind === 'held' && mode.index === index) this.#hold(index, 0);
    return true;
  }

  /** Starts anew with these items, at the bottom. */
  reset(items: readonly Item[], older: 'available' | 'none'): void {
    this.#items.clear();
    this.#indexes.clear();
    this.#rows.clear();
    this.#mode = FOLLOWING;
    this.#seen = -1;
    this.#older = older;
    this.append(items);
  }

  /** Makes all rows anew at the next view (a theme changed, a minute passed). */
  invalidate(): void {
    this.#rows.clear();
  }

  /** Scrolls by rows: negative is up, towards older. */
  scroll(rows: number): void {
    if (rows === 0 || this.size === 0) return;
    const top = this.#top();
    const moved = this.#move(top.index, top.row, rows);
    if (rows > 0) this.#settle(moved.index, moved.row);
    else this.#hold(moved.index, moved.row);
    if (rows < 0 && this.#fits()) this.#mode = FOLLOWING;
    this.#see();
  }

  /** Scrolls by pages that share one row. */
  scrollPages(pages: number): void {
    this.scroll(pages * Math.max(1, this.#height - 1));
  }

  toTop(): void {
    if (this.size > 0 && !this.#fits()) this.#hold(this.#items.first, 0);
  }

  toBottom(): void {
    this.#mode = FOLLOWING;
    this.#seen = this.#items.end - 1;
  }

  /** Goes back to a saved position; to the bottom when its item is not here. */
  restore(position: ListPosition): boolean {
    const index = position.at === 'item' ? this.#indexes.get(position.key) : undefined;
    if (position.at === 'item' && index !== undefined) {
      this.#settle(index, position.row);
      this.#see();
      return true;
    }
    this.toBottom();
    return position.at === 'bottom';
  }

  /** The rows to show, at most the view's height. Fewer only when there are no more, or from the top those that don't wait. */
  view(): ListRow<Item>[] {
    if (this.size === 0 || this.#height <= 0 || this.#width <= 0) {
      this.#askOlder(true);
      return [];
    }
    if (this.#mode.kind === 'held') this.#settle(this.#mode.index, this.#mode.row);
    const top = this.#top();
    const shown: ListRow<Item>[] = [];
    let row = top.row;
    let lastIndex = top.index;
    for (let index = top.index; index < this.#items.end && shown.length < this.#height; index++) {
      const item = this.#items.get(index);
      if (item === undefined || (shown.length > 0 && this.#waits(index))) break;
      const rows = this.#rowsOf(index);
      for (; row < rows.length && shown.length < this.#height; row++) {
        shown.push({ row: rows[row] ?? StyledRow.empty, item });
        lastIndex = index;
      }
      row = 0;
    }
    this.#seen = Math.max(this.#seen, lastIndex);
    this.#askOlder(this.#rowsAbove(top.index, top.row, this.#height) < this.#height);
    this.#shrinkCache(top.index);
    return shown;
  }

  /** What stands at the bottom of the view now has been seen. */
  #see(): void {
    const top = this.#top();
    this.#seen = Math.max(this.#seen, this.#move(top.index, top.row, Math.max(0, this.#height - 1)).index);
  }

  #askOlder(near: boolean): void {
    if (!near || this.#older !== 'available') return;
    this.#older = 'asked';
    this.#options.onNeedOlder?.();
  }

  #rowsOf(index: number): readonly StyledRow[] {
    const cached = this.#rows.get(index);
    if (cached !== undefined) return cached;
    const item = this.#items.get(index);
    if (item === undefined) return [];
    const rows = this.#options.render(item, Math.max(1, this.#width), this.#items.get(index - 1));
    this.#rows.set(index, rows);
    return rows;
  }

  /** Whether the rows of an item are still to be made, and not now. */
  #waits(index: number): boolean {
    return !this.#rows.has(index) && this.#items.get(index) !== undefined && this.#options.isSpent?.() === true;
  }

  /** The item and row at the top of the view. */
  #top(): { index: number; row: number } {
    if (this.#mode.kind === 'held') return this.#mode;
    return this.#move(this.#items.end, 0, -this.#height);
  }

  /** The place `rows` rows below (or above, negative) a place; stops at either end of the list, and before what waits. */
  #move(index: number, row: number, rows: number): { index: number; row: number } {
    let at = index;
    let target = row + rows;
    while (target < 0 && at > this.#items.first && !this.#waits(at - 1)) {
      at--;
      target += this.#rowsOf(at).length;
    }
    while (at < this.#items.end && !this.#waits(at) && target >= this.#rowsOf(at).length) {
      target -= this.#rowsOf(at).length;
      at++;
    }
    if (at >= this.#items.end && this.#items.end > index) {
      const last = this.#items.end - 1;
      if (rows > 0) return { index: last, row: Math.max(0, this.#rowsOf(last).length - 1) };
    }
    return { index: at, row: this.#waits(at) ? 0 : Math.max(0, target) };
  }

  /** How many rows stand before a place, counted no further than `limit`: that many, too, while some of them wait. */
  #rowsAbove(index: number, row: number, limit: number): number {
    let count = row;
    for (let at = index - 1; at >= this.#items.first && count < limit; at--) {
      if (this.#waits(at)) return limit;
      count += this.#rowsOf(at).length;
    }
    return count;
  }

  /** True when all rows fit into the view. */
  #fits(): boolean {
    return this.#rowsAbove(this.#items.end, 0, this.#height + 1) <= this.#height;
  }

  #hold(index: number, row: number): void {
    if (index >= this.#items.end) this.#mode = FOLLOWING;
    else this.#mode = { kind: 'held', index, row };
  }

  /** Holds a place at the top if the view is full then, else follows. */
  #settle(index: number, row: number): void {
    const kept = Math.min(row, Math.max(0, this.#rowsOf(index).length - 1));
    let below = -kept;
    for (let at = index; at < this.#items.end && below <= this.#height; at++) {
      // Whether the view is full is seen once it is there.
      if (at > index && this.#waits(at)) return this.#hold(index, kept);
      below += this.#rowsOf(at).length;
    }
    if (below <= this.#height) this.toBottom();
    else this.#hold(index, kept);
  }

  /** Forgets rows far from the view. */
  #shrinkCache(top: number): void {
    if (this.#rows.size <= MAX_CACHED + 2 * this.#height) return;
    for (const index of this.#rows.keys()) {
      if (index < top - this.#height || index > top + 2 * this.#height) this.#rows.delete(index);
    }
  }
}
