/**
 * The bar above the terminal: what the connection is doing, a word from the server, an offer. What the connection does comes
 * first; an offer waits for it.
 *
 * While the connection is away the screen keeps its size, as its program knows it, and is drawn a little smaller to leave
 * the bar its line; what is typed then, and is kept, is shown here. While the connection stands the bar takes a line of the
 * terminal.
 */
import type { ConnectionState } from './connection.ts';

/** A reconnect that is faster than this is not worth a word. */
const QUIET_MS = 700;
/** Sooner nobody has read what is said, however fast they type on. */
const READ_MS = 1500;
/** Of what is kept so many letters are shown, of its end: there one types on. */
const HELD_SHOWN = 20;

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
  #noticedAt = 0;
  #held = { words: '', text: '' };
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onLayout` is called when the terminal has got another height. */
  constructor(element: HTMLElement, on: { retry: () => void; layout: () => void }) {
    this.#element = element;
    this.#onRetry = on.retry;
    this.#onLayout = on.layout;
  }

  /** What a key leads to while the bar is there: the first button, else the bar itself, on which keys do nothing. */
  get firstControl(): HTMLElement | undefined {
    if (this.#shown === 'nothing') return undefined;
    return this.#element.querySelector('button') ?? this.#element;
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

  /** What was typed without a connection, and is kept for when it is back. */
  showHeld(text: string, isFull: boolean): void {
    const letters = [...text.replaceAll('\n', '⏎')];
    const end = letters.slice(-HELD_SHOWN).join('');
    if (letters.length === 0) this.#held = { words: isFull ? 'That is too long to be kept.' : '', text: '' };
    else {
      const words = isFull ? 'No more is kept than' : 'Kept as you type:';
      this.#held = { words, text: `“${letters.length > HELD_SHOWN ? '…' : ''}${end}”` };
    }
    this.#tellHeld();
  }

  #tellHeld(): void {
    if (this.#shown !== 'connection') return;
    const [, , words, text] = this.#element.querySelectorAll('span');
    // The words are read out, each time that they are set.
    if (words !== undefined && words.textContent !== this.#held.words) words.textContent = this.#held.words;
    if (text !== undefined) text.textContent = this.#held.text;
    this.#squeeze(true);
  }

  /** Words while the terminal goes on below. */
  notice(message: string): void {
    clearTimeout(this.#timer);
    this.#noticedAt = Date.now();
    this.#fill('notice', message, []);
  }

  /** A question that can wait. An answer takes it away. */
  offer(offer: Offer): void {
    this.#offer = offer;
    if (this.#shown === 'nothing') this.#showOffer();
  }

  /** The person goes on working: what was said has been read. */
  dismissNotice(): void {
    if (this.#shown !== 'notice' || Date.now() - this.#noticedAt < READ_MS) return;
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
      if (what === 'connection') this.#squeeze(true);
      return;
    }
    const span = (content: string): HTMLSpanElement => {
      const element = document.createElement('span');
      element.textContent = content;
      return element;
    };
    const counting = span(countdown);
    const held = span('');
    // Nobody wants each second read out, nor each letter.
    for (const element of [counting, held]) element.setAttribute('aria-hidden', 'true');
    const buttons = actions.map(({ label, run }) => {
      const button = document.createElement('button');
      button.textContent = label;
      button.addEventListener('click', run);
      return button;
    });
    const hadFocus = this.#element.contains(document.activeElement);
    this.#element.replaceChildren(span(text), counting, ...buttons, span(''), held);
    if (hadFocus) this.firstControl?.focus();
    if (what === 'connection') return this.#tellHeld();
    this.#squeeze(false);
    this.#onLayout();
  }

  /** The window has changed: without a connection the screen keeps its rows and columns, and is drawn as large as it can be. */
  refit(): void {
    if (this.#shown === 'connection') this.#squeeze(true);
  }

  /** Draws the terminal small enough for what the bar and the window leave of its room. */
  #squeeze(on: boolean): void {
    const { style, dataset } = document.body;
    delete dataset['shifted'];
    const terminal = document.getElementById('terminal');
    const screen = terminal?.querySelector<HTMLElement>('.xterm-screen');
    if (!on || terminal === null || !screen) return;
    const room = { width: terminal.clientWidth, height: terminal.clientHeight };
    const over = {
      width: Math.max(0, screen.offsetWidth - room.width),
      height: Math.max(0, screen.offsetHeight - room.height),
    };
    const scale = Math.min(room.width / (room.width + over.width), room.height / (room.height + over.height));
    style.setProperty('--squeeze', String(Number.isFinite(scale) ? scale : 1));
    for (const side of ['width', 'height'] as const) style.setProperty(`--over-${side}`, `${over[side]}px`);
    // In the middle of what it leaves free.
    style.setProperty('--beside', `${Math.max(0, room.width - (room.width + over.width) * scale) / 2}px`);
    dataset['shifted'] = '';
  }
}
