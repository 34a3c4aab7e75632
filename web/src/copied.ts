/** Says for a moment that something was copied: selecting is enough for that, and nobody would know. Moves nothing. */

const SHOWN_MS = 1200;

export class CopiedSign {
  readonly #element: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  show(): void {
    clearTimeout(this.#timer);
    this.#element.textContent = 'Copied';
    this.#timer = setTimeout(() => this.#element.replaceChildren(), SHOWN_MS);
  }
}
