/** A sequence that grows at both ends at constant cost; an item keeps its index while others come at the ends. */

export class ItemDeque<Item> {
  /** Free slots stand before the first item, so that older ones can be put there without moving the rest. */
  #slots: (Item | undefined)[] = [];
  /** The index that `#slots[0]` stands for. */
  #offset = 0;
  #first = 0;
  #end = 0;

  /** Index of the first item; may be negative. */
  get first(): number {
    return this.#first;
  }
  /** One past the index of the last item. */
  get end(): number {
    return this.#end;
  }
  get size(): number {
    return this.#end - this.#first;
  }

  get(index: number): Item | undefined {
    return index < this.#first || index >= this.#end ? undefined : this.#slots[index - this.#offset];
  }

  /** Throws a RangeError where there is no item. */
  set(index: number, item: Item): void {
    if (index < this.#first || index >= this.#end) throw new RangeError(`There is no item at ${index}.`);
    this.#slots[index - this.#offset] = item;
  }

  /** Adds at the end and returns the index. */
  push(item: Item): number {
    this.#slots[this.#end - this.#offset] = item;
    return this.#end++;
  }

  /** Adds at the start and returns the index. */
  unshift(item: Item): number {
    if (this.#first === this.#offset) {
      const free = Math.max(64, this.size);
      this.#slots = [...Array.from<undefined>({ length: free }), ...this.#slots];
      this.#offset -= free;
    }
    this.#first--;
    this.#slots[this.#first - this.#offset] = item;
    return this.#first;
  }

  /** Takes out an item; those after it move one down. Costs what stands after it. */
  remove(index: number): void {
    if (index < this.#first || index >= this.#end) return;
    this.#slots.splice(index - this.#offset, 1);
    this.#end--;
  }

  clear(): void {
    this.#slots = [];
    this.#offset = 0;
    this.#first = 0;
    this.#end = 0;
  }
}
