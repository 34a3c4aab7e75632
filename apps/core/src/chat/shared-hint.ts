/** A hint on its way to many readers, encoded once. */
import { encodeMessage, type Hint } from '@parley/protocol';

export class SharedHint {
  readonly hint: Hint;
  #json: string | undefined;

  constructor(hint: Hint) {
    this.hint = hint;
  }

  get json(): string {
    this.#json ??= encodeMessage(this.hint);
    return this.#json;
  }
}
