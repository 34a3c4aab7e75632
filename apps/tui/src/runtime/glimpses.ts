/**
 * What the clients of one process show each other: someone who comes in by a link, or comes back, sees a room at once when
 * others here are in it, and the server's answer changes next to nothing. Public rooms alone, and where anyone may read
 * those: everything else is asked of the server first.
 *
 *   on the way ──others are in the room──▶ has a glimpse ──nobody comes or is shown one any more──▶ connects
 *       │ ▲
 *       │ └──another one is on the way into the room: looks again for a while
 *       └──nobody is, or it takes too long──▶ connects
 *
 * So of many who come into a room at once, one asks the server for it; and whoever sees something gives way to those who
 * see nothing yet.
 */
import { foldName } from '@parley/protocol';
import { type GlimpsableRoom, glimpsableRoom } from '../state/entering.ts';
import { newestOf } from '../state/open-room.ts';
import type { ChatStage, Glimpse, TuiState } from '../state/state.ts';

/** A client, as far as others are concerned. */
export interface GlimpsingClient {
  state(this: void): TuiState;
  /** Shows what others see, at once: it is entering then, and no longer on the way. */
  show(this: void, glimpse: Glimpse): void;
}

/** No client arrived or got a glimpse for this long: CPU is free for connecting. */
const CALM_MS = 20;
const LONGEST_CALM_WAIT_MS = 500;
/** Whoever is on the way shows nothing for as long anyway. */
const LONGEST_GLIMPSE_WAIT_MS = 150;
const LOOK_EVERY_MS = 5;

export class Glimpses {
  readonly #clients = new Set<GlimpsingClient>();
  /** When someone was last let into a room that nobody here was in. */
  readonly #ledAt = new Map<string, number>();
  readonly #isReadable: (server: string) => boolean;
  /** When someone last came, or was shown a glimpse. */
  #busyAt = -Infinity;

  /** `isReadable`: whether a server, by its base URL, lets anyone read its public rooms. */
  constructor(isReadable: (server: string) => boolean) {
    this.#isReadable = isReadable;
  }

  /** Lets others see what a client sees, until the answer is called. */
  share(client: GlimpsingClient): () => void {
    this.#busyAt = performance.now();
    this.#clients.add(client);
    return () => void this.#clients.delete(client);
  }

  /** Shows a client that is on its way into a room what others see of it, and lets it connect when it is time. */
  enter(client: GlimpsingClient, connect: () => void): void {
    const startedAt = performance.now();
    // A timer of its own for each: what it runs is its client's.
    const look = (): void => {
      const now = performance.now();
      const wanted = glimpsableRoom(client.state());
      const glimpse = wanted === undefined ? undefined : this.#find(wanted);
      if (glimpse !== undefined) {
        client.show(glimpse);
        this.#busyAt = performance.now();
        calm();
      } else if (wanted !== undefined && now < startedAt + LONGEST_GLIMPSE_WAIT_MS && this.#isLed(wanted)) {
        setTimeout(look, LOOK_EVERY_MS);
      } else {
        if (wanted !== undefined) this.#lead(wanted);
        connect();
      }
    };
    const calm = (): void => {
      const until = Math.min(this.#busyAt + CALM_MS, startedAt + LONGEST_CALM_WAIT_MS);
      const leftMs = until - performance.now();
      if (leftMs > 0) setTimeout(calm, leftMs);
      else connect();
    };
    look();
  }

  #find({ server, room }: GlimpsableRoom): Glimpse | undefined {
    if (!this.#isReadable(server)) return undefined;
    for (const { state } of this.#clients) {
      const { stage } = state();
      const glimpse = stage.name === 'chat' && stage.server === server ? glimpseOf(stage, room) : undefined;
      if (glimpse !== undefined) return glimpse;
    }
    return undefined;
  }

  #isLed(wanted: GlimpsableRoom): boolean {
    return performance.now() - (this.#ledAt.get(keyOf(wanted)) ?? -Infinity) < LONGEST_GLIMPSE_WAIT_MS;
  }

  #lead(wanted: GlimpsableRoom): void {
    const now = performance.now();
    for (const [key, at] of this.#ledAt) if (now - at >= LONGEST_GLIMPSE_WAIT_MS) this.#ledAt.delete(key);
    this.#ledAt.set(keyOf(wanted), now);
  }
}

const keyOf = ({ server, room }: GlimpsableRoom): string => `${server} ${room}`;

function glimpseOf({ connection, rooms, open, limits }: ChatStage, name: string): Glimpse | undefined {
  if (connection.name !== 'online') return undefined;
  // Open are a handful.
  const its = [...open.values()].find((each) => each.load === 'ready' && foldName(each.room) === name);
  // While a page of older messages is on its way, there may be next to nothing to see.
  if (its === undefined || its.paging) return undefined;
  const room = rooms.find((each) => each.room === its.room && each.kind === 'public');
  if (room === undefined) return undefined;
  const { members, total, online } = its;
  return { room: { ...room, unread: 0, readSeq: room.lastSeq }, log: newestOf(its), members, total, online, limits };
}
