/**
 * When to paint: at once when idle; under load 30 times a second, and where that goes on, 10 times, or 4 in a flood: nobody
 * reads faster, and a busy room costs all who look at it a sixth. Load that goes on is what leaves no quiet between a frame
 * and what comes after it: messages that come one by one are each painted at once, for as long as they do. A flood is more
 * text than anyone reads. Later when the window is being dragged, and after a frame that took long: who needs so much may
 * not have all of a host. Answers to keys don't go through here unless they come in floods.
 */
import { AsyncResource } from 'node:async_hooks';
import type { MonotonicClock } from './clock.ts';

/** The least time between the starts of two frames. */
const FRAME_MS = 1000 / 30;
/** The same where load goes on. */
const LASTING_FRAME_MS = 100;
/** The same in a flood. */
const FLOOD_FRAME_MS = 250;
/** Written in a second where a flood begins: some thirty messages. */
const FLOOD_BYTES = 6000;
/** Written in a second where it is over. With fewer frames the same text takes down to four tenths of the bytes. */
const CALM_BYTES = 2000;
/** So much quiet pays for a frame. */
const QUIET_MS = 1000 / 15;
/** A frame that took this long is followed by so many times as much for others: thousands of clusters are new in it. */
const LONG_FRAME_MS = 20;
const REST = 4;
/** But by no more than this: the machine may have been busy with something else. */
const MAX_REST_MS = 1000;
/** What nobody waits for comes with the next frame, or this much later. */
const PATIENCE_MS = 100;
/** Frames that may come faster than that: a quarter of a second of them. */
const MAX_SAVED = 8;

/**
 * How soon a frame is wanted: `urgent` at the end of this turn whatever the load, since a person is waiting for the echo of
 * a key; `patient` where that which is to be shown can wait for company, and must not hold up what comes after it.
 */
export type Haste = 'urgent' | 'prompt' | 'patient';

export class FramePacer {
  readonly #clock: MonotonicClock;
  readonly #paint: () => void;
  /** One turn runs the frames of many screens: each in the asynchronous context that its screen was made in. */
  readonly #scope = new AsyncResource('Screen');
  #last = Number.NEGATIVE_INFINITY;
  /** From the start of the last frame on, for what it took. */
  #rest = 0;
  /** Frames that could have come, and did not. */
  #saved = MAX_SAVED;
  /** What the frames of the last second took, at `#last`: each counts for less as time goes by. */
  #bytes = 0;
  #isFlood = false;
  /** When something was first wanted since the last frame. */
  #wantedAt: number | undefined;
  #due = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(clock: MonotonicClock, paint: () => void) {
    this.#clock = clock;
    this.#paint = paint;
  }

  /** Asks for a frame. */
  request(haste: Haste = 'prompt'): void {
    const now = this.#clock.now();
    // What comes with the next frame, whenever that is, is no load.
    if (haste !== 'patient') this.#wantedAt ??= now;
    const from = haste === 'patient' ? now + PATIENCE_MS : now;
    this.#schedule(haste === 'urgent' ? now : Math.max(from, this.#last + this.#pause(now)), now, false);
  }

  /** Puts the next frame off to `ms` from now, whatever was asked for. */
  postpone(ms: number): void {
    const now = this.#clock.now();
    this.#schedule(Math.max(now + ms, this.#last + this.#rest), now, true);
  }

  /** No frame until it is asked for again. To be called when one is painted, too. */
  cancel(): void {
    this.#cancel();
    this.#due = Number.POSITIVE_INFINITY;
    this.#wantedAt = undefined;
  }

  /** A frame is being painted now. */
  started(): void {
    const now = this.#clock.now();
    const saved = Math.min(MAX_SAVED, this.#saved + this.#earned(now));
    // Less than one has not been spent: the frame was waited for.
    this.#saved = saved < 1 ? saved : saved - 1;
    this.#bytes = this.#bytesLately(now);
    this.#last = now;
    this.cancel();
  }

  /** So much was written for the frame that was started last. */
  wrote(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The least time from the start of the last frame to that of the next one. */
  #pause(now: number): number {
    return Math.max(this.#rest, this.#pauseUnderLoad(now));
  }

  #pauseUnderLoad(now: number): number {
    if (this.#saved + this.#earned(now) >= 1) return FRAME_MS;
    this.#isFlood = this.#bytesLately(now) >= (this.#isFlood ? CALM_BYTES : FLOOD_BYTES);
    return this.#isFlood ? FLOOD_FRAME_MS : LASTING_FRAME_MS;
  }

  #bytesLately(now: number): number {
    return this.#bytes * Math.exp((this.#last - now) / 1000);
  }

  /** The frames that the quiet after the last one pays for. What is shorter than a frame is none. */
  #earned(now: number): number {
    const quiet = (this.#wantedAt ?? now) - this.#last;
    return quiet < FRAME_MS ? 0 : quiet / QUIET_MS;
  }

  #schedule(at: number, now: number, later: boolean): void {
    if (!later && at >= this.#due) return;
    this.#cancel();
    this.#due = at;
    const paint = (): void => {
      this.#due = Number.POSITIVE_INFINITY;
      const start = this.#clock.now();
      this.#scope.runInAsyncScope(this.#paint);
      const took = this.#clock.now() - start;
      this.#rest = took < LONG_FRAME_MS ? 0 : Math.min(MAX_REST_MS, took * (1 + REST));
    };
    // What a timer wakes takes its turn among the others, too: timers of one millisecond all run in one go.
    const wake = (): void => {
      this.#cancel = this.#clock.after(0, paint);
    };
    this.#cancel = at > now ? this.#clock.after(at - now, wake) : this.#clock.after(0, paint);
  }
}
