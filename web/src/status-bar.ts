/**
 * The bar above the terminal: what the connection is doing, a word from the server, an offer. What the connection does comes
 * first; an offer waits for it.
 *
 * While the connection is away the screen keeps its size, as its program knows it, and is drawn a little smaller to leave
 * the bar its line. While it stands the bar takes a line of the terminal.
 */
import type { ConnectionState } from './connection.ts';

/** A reconnect that is faster than this is not worth a word. */
const QUIET_MS = 700;

interface Action {
  readonly label: string;
  readonly run: () => void;
}

export interface Offer {
  readonly text: string;
  readonly actions: readonly Action[];
}

type Shown = 'nothing' | 'connection' | 'notice' | 'offer';

export class StatusBar {
  readonly #element: HTMLElement;
  readonly #onRetry: () => void;
  readonly #onLayout: () => void;
  #shown: Shown = 'nothing';
  #offer: Offer | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onLayout` is called when the terminal has got another height. */
  constructor(element: HTMLElement, on: { retry: () => void; layout: () => void }) {
    this.#element = element;
    this.#onRetry = on.retry;
    this.#onLayout = on.layout;
  }

  show(state: ConnectionState): void {
    clearTimeout(this.#timer);
    switch (state.name) {
      case 'attached':
        // Whoever is about to answer keeps the focus.
        if (this.#shown === 'offer') return;
        this.#clear();
        return this.#showOffer();
      case 'connecting':
        this.#timer = setTimeout(() => this.#state(state.again ? 'Reconnecting…' : 'Connecting…'), QUIET_MS);
        return;
      case 'waiting':
        return this.#countDown(state.retryAt, state.reason ?? 'The connection was lost.');
      case 'replaced':
        return this.#state('This session went on in another window.', 'Bring it here');
      case 'ended':
        return this.#state(state.reason ?? 'You left Parley.', 'Come back');
    }
  }

  /** Words while the terminal goes on below. */
  notice(message: string): void {
    clearTimeout(this.#timer);
    this.#fill('notice', message, []);
  }

  /** A question that can wait. An answer takes it away. */
  offer(offer: Offer): void {
    this.#offer = offer;
    if (this.#shown === 'nothing') this.#showOffer();
  }

  /** The person goes on working: what was said has been read. */
  dismissNotice(): void {
    if (this.#shown !== 'notice') return;
    this.#clear();
    this.#showOffer();
  }

  #showOffer(): void {
    const offer = this.#offer;
    if (offer === undefined) return;
    const actions = offer.actions.map(({ label, run }) => ({
      label,
      run: () => {
        this.#offer = undefined;
        this.#clear();
        run();
      },
    }));
    this.#fill('offer', offer.text, actions);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    if (this.#shown === 'nothing') return;
    this.#shown = 'nothing';
    this.#element.hidden = true;
    this.#element.replaceChildren();
    this.#squeeze(false);
    this.#onLayout();
  }

  #countDown(retryAt: number, reason: string): void {
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    this.#state(reason, 'Now', `Reconnecting in ${seconds} s…`);
    this.#timer = setTimeout(() => this.#countDown(retryAt, reason), 1000);
  }

  #state(text: string, action?: string, countdown?: string): void {
    this.#fill('connection', text, action === undefined ? [] : [{ label: action, run: this.#onRetry }], countdown);
    // Enter is enough to come back.
    if (action !== undefined && action !== 'Now') this.#element.querySelector('button')?.focus();
  }

  #fill(what: Exclude<Shown, 'nothing'>, text: string, actions: readonly Action[], countdown = ''): void {
    const [words, count] = this.#element.querySelectorAll('span');
    const isSame = this.#shown === what && words?.textContent === text;
    this.#shown = what;
    this.#element.hidden = false;
    if (isSame && count !== undefined) {
      // The same button stays, so that a click between press and release is not lost.
      count.textContent = countdown;
      return;
    }
    const span = (content: string): HTMLSpanElement => {
      const element = document.createElement('span');
      element.textContent = content;
      return element;
    };
    const counting = span(countdown);
    // Nobody wants each second read out.
    counting.setAttribute('aria-hidden', 'true');
    const buttons = actions.map(({ label, run }) => {
      const button = document.createElement('button');
      button.textContent = label;
      button.addEventListener('click', run);
      return button;
    });
    const hadFocus = this.#element.contains(document.activeElement);
    this.#element.replaceChildren(span(text), counting, ...buttons);
    if (hadFocus) buttons[0]?.focus();
    this.#squeeze(what === 'connection');
    if (what !== 'connection') this.#onLayout();
  }

  /** Draws the terminal smaller by the bar's height, and leaves it its rows. */
  #squeeze(on: boolean): void {
    const { style, dataset } = document.body;
    if (!on) {
      delete dataset['shifted'];
      return;
    }
    if (dataset['shifted'] !== undefined) return;
    const left = document.getElementById('terminal')?.clientHeight ?? 0;
    const bar = this.#element.offsetHeight;
    style.setProperty('--bar-height', `${bar}px`);
    style.setProperty('--squeeze', String(left <= 0 ? 1 : left / (left + bar)));
    dataset['shifted'] = '';
  }
}
