/**
 * Keeps who one is, the room, the place in it and the drafts at the core, so that a browser's terminal comes back to them
 * after its program ended. Knows the HTTP calls; what is worth keeping comes as a value.
 *
 * A place that its person has left for good is found by no client of this process from then on, whether or not the core
 * could be told yet; until somebody saves another one in its stead:
 *
 *   saved ──remove──▶ left ──the core knows──▶ none
 *     ▲                └──saved anew (the core is told first, if it can be)──▶ saved; it is not removed any more
 */
import { callHttp, type Clock, type HttpAnswer } from '@parley/client';
import {
  ChatError,
  MAX_DRAFT_BYTES,
  MAX_DRAFTS,
  type RestoredTerminalSession,
  type TerminalState,
  utf8Bytes,
} from '@parley/protocol';
import { terminalSessionAddress } from '../server-addresses.ts';
import { Revocation } from './revocation.ts';

/** What of the place in a room is kept, in a field that the core does not look into. */
interface SavedScroll {
  /** The seq of the first message on the screen while scrolled back. */
  readonly anchor?: number | undefined;
  /** The room that the page's address named when this was saved. */
  readonly link?: string | undefined;
}

/** What a session comes back to. */
export type SavedPlace = Readonly<Omit<TerminalState, 'scroll'>> & { readonly scroll?: SavedScroll | undefined };

/** The place, and who one is. */
export type FoundSession = Omit<RestoredTerminalSession, 'scroll'> & Pick<SavedPlace, 'scroll'>;

export interface SavedPlacesOptions {
  readonly server: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** A token to save with, or undefined while there is none. */
  token(this: void): Promise<string | undefined>;
}

const SAVE_DELAY_MS = 500;
/** What was sent must not come back as a draft; but those who are to read it go first. */
const SENT_DELAY_MS = 25;
/** Until the first time it is saved, a crash costs who one is; before the first screen is there, nobody has time for it. */
const FIRST_SAVE_DELAY_MS = 100;
const TIMEOUT_MS = 5000;

/** Who left and is still to be told of to the core, by the place's address: one after another may have left the same place. */
const departures = new Map<string, Set<Revocation>>();

export class SavedPlaces {
  readonly #options: SavedPlacesOptions;
  readonly #address: string;
  #saved = '';
  /** On its way. */
  #sent: string | undefined;
  #hasDraft = false;
  /** The draft of before was sent, and the place without it isn't saved yet. */
  #isDraftSent = false;
  #wanted: string | undefined;
  #failures = 0;
  #cancel: (() => void) | undefined;
  /** What was begun last; the next thing begins when it has ended. Never rejects. */
  #underWay = Promise.resolve();

  constructor(options: SavedPlacesOptions) {
    this.#options = options;
    this.#address = terminalSessionAddress(options.server, options.key);
  }

  /** How often a place could not be saved. */
  get failures(): number {
    return this.#failures;
  }

  /** The session of before, or undefined when there is none. Rejects when the server can't be asked. */
  async find(): Promise<FoundSession | undefined> {
    if (departures.has(this.#address)) return undefined;
    const { status, text } = await this.#call('GET', undefined, undefined);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`The server answered with HTTP ${status}.`);
    const session = JSON.parse(text) as RestoredTerminalSession;
    return { ...session, scroll: readScroll(session.scroll) };
  }

  /**
   * Saves the place half a second from now; the first one sooner, and the one without the draft of before as soon as the
   * message has arrived: until then (`isSending`) it would only be in its way.
   */
  save(place: SavedPlace, { isSending }: { isSending: boolean }): void {
    const body = JSON.stringify({ ...place, ...draftsWithinLimit(place) });
    const isKnown = body === (this.#wanted ?? this.#sent ?? this.#saved);
    // One that could not be saved is wanted still.
    const isUnderWay = this.#wanted === undefined || this.#cancel !== undefined;
    if (isKnown && isUnderWay && (isSending || !this.#isDraftSent)) return;
    this.#isDraftSent ||= this.#hasDraft && place.draft === undefined;
    this.#hasDraft = place.draft !== undefined;
    if (!isKnown) this.#wanted = body;
    const isFirst = this.#saved === '' && this.#sent === undefined;
    if (this.#isDraftSent && !isSending) this.#flushIn(SENT_DELAY_MS);
    else if (this.#cancel === undefined) this.#flushIn(isFirst ? FIRST_SAVE_DELAY_MS : SAVE_DELAY_MS);
  }

  #flushIn(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(delayMs, () => void this.flush());
  }

  /** Saves what still waits, at once. Never rejects: a place that can't be saved is not worth an error on the screen. */
  flush(): Promise<void> {
    return this.#next(async () => {
      const wanted = this.#wanted;
      this.#isDraftSent = false;
      this.#wanted = undefined;
      if (wanted !== undefined) await this.#put(wanted);
    });
  }

  /**
   * Forgets the session: its person left on purpose. The answer, once it is begun, tells the core until it knows. `token` is
   * asked for at each try and may reject; `signOut` goes with it, after the place.
   */
  remove(token: (this: void) => Promise<string | undefined>, signOut = async (): Promise<void> => {}): Revocation {
    this.#wanted = undefined;
    const settled = this.#next(async () => {
      this.#saved = '';
      // That of a save which failed meanwhile.
      this.#wanted = undefined;
    });
    const { headers, clock } = this.#options;
    const address = this.#address;
    const revocation = new Revocation(clock, async () => {
      await settled;
      // Another place may be there by now, of someone who is in.
      if (departures.get(address)?.has(revocation) === true) await removePlace(address, headers, await token());
      await signOut();
    });
    departures.set(address, (departures.get(address) ?? new Set()).add(revocation));
    void revocation.done.then(() => isTold(address, revocation));
    return revocation;
  }

  /** Saves what was saved once more: a sign-out that came late may have taken it along. */
  saveAgain(): void {
    const saved = this.#sent ?? this.#saved;
    if (saved === '') return;
    this.#saved = '';
    this.#wanted ??= saved;
    this.#flushIn(SAVE_DELAY_MS);
  }

  /** After what is under way, which could not be overtaken without coming back. */
  #next(act: () => Promise<void>): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#underWay = this.#underWay.then(act);
    return this.#underWay;
  }

  async #put(body: string): Promise<void> {
    this.#sent = body;
    const isSaved = await this.#isTaken(body);
    this.#sent = undefined;
    if (isSaved) {
      this.#saved = body;
      return;
    }
    this.#failures += 1;
    // Tried again by the next `save`, or the last flush.
    this.#wanted ??= body;
  }

  async #isTaken(body: string): Promise<boolean> {
    try {
      const token = await this.#options.token();
      if (token === undefined) return false;
      // Before, not after: of the same person it would take the new place along.
      const before = [...(departures.get(this.#address) ?? [])];
      await Promise.all(before.map((revocation) => revocation.try()));
      const { status } = await this.#call('PUT', token, body);
      const isTaken = isFine(status);
      if (isTaken) for (const revocation of before) isTold(this.#address, revocation);
      return isTaken;
    } catch {
      return false;
    }
  }

  #call(method: string, token: string | undefined, body: string | undefined): Promise<HttpAnswer> {
    return callPlace(this.#address, this.#options.headers, method, token, body);
  }
}

/** The core knows that the place was left, or there is another one. */
function isTold(address: string, revocation: Revocation): void {
  const all = departures.get(address);
  if (all?.delete(revocation) === true && all.size === 0) departures.delete(address);
}

const isFine = (status: number): boolean => status >= 200 && status < 300;

function callPlace(
  address: string,
  headers: Readonly<Record<string, string>>,
  method: string,
  token: string | undefined,
  body: string | undefined,
): Promise<HttpAnswer> {
  return callHttp(new URL(address), {
    method,
    idempotent: true,
    headers: {
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body,
    timeoutMs: TIMEOUT_MS,
  });
}

/** Rejects with a ChatError when it has to be tried again. Nobody's place, without a token, is none. */
async function removePlace(
  address: string,
  headers: Readonly<Record<string, string>>,
  token: string | undefined,
): Promise<void> {
  if (token === undefined) return;
  let status: number;
  try {
    ({ status } = await callPlace(address, headers, 'DELETE', token, undefined));
  } catch (cause) {
    throw new ChatError('unavailable', 'The server cannot be reached.', { cause });
  }
  if (isFine(status) || status === 401 || status === 404) return;
  throw new ChatError('unavailable', `The server answered with HTTP ${status}.`);
}

/** The place in a room as it was saved, by whichever version of this client; what is not understood is left out. */
export function readScroll(value: unknown): SavedScroll {
  const { anchor, link } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    anchor: typeof anchor === 'number' && Number.isSafeInteger(anchor) ? anchor : undefined,
    link: typeof link === 'string' ? link : undefined,
  };
}

/** The drafts as far as the server takes them: together no more than one alone may have; the room's own, then the newest. */
function draftsWithinLimit(place: SavedPlace): Pick<SavedPlace, 'draft' | 'drafts'> {
  let left = MAX_DRAFT_BYTES;
  const fitting = (text: string): string => {
    const fits = withinBytes(text, left);
    left -= utf8Bytes(fits);
    return fits;
  };
  const draft = place.draft === undefined ? {} : { draft: fitting(place.draft) };
  const drafts = (place.drafts ?? [])
    .slice(0, MAX_DRAFTS)
    .map(({ room, text }) => ({ room, text: fitting(text) }))
    .filter(({ text }) => text !== '');
  return { ...draft, ...(place.drafts === undefined ? {} : { drafts }) };
}

/** As much of the text as fits, whole characters only. */
function withinBytes(text: string, limit: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return text;
  return new TextDecoder().decode(bytes.subarray(0, limit)).replace(/\uFFFD+$/u, '');
}
