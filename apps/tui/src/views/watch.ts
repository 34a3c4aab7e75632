/** Notices when any of some values is another one than when it was last asked. */
export class Watch {
  readonly #seen: unknown[] = [];

  /** Whether it is so; true the first time. */
  sees(...values: readonly unknown[]): boolean {
    // In place, and no list that outlives the call: this runs some ten times for each frame of each client.
    const seen = this.#seen;
    let isOther = seen.length !== values.length;
    // Only then: setting a length costs more than all the comparing, also where it stays as it is.
    if (isOther) seen.length = values.length;
    for (let index = 0; index < values.length; index++) {
      if (seen[index] === values[index]) continue;
      seen[index] = values[index];
      isOther = true;
    }
    return isOther;
  }

  /** Whatever comes next is another one. */
  forget(): void {
    this.#seen.length = 0;
  }
}
