/** Who looks at a room's lines, and how: what makes the same event other rows for one than for another. */
import type { Theme } from '../themes/theme.ts';
import type { WallClock } from './wall-clock.ts';

/** Who looks. */
export interface OwnContext {
  readonly ownId: string;
  readonly ownNick: string;
  /** The nick, folded. */
  readonly ownName: string;
}

export interface TimelineContext extends OwnContext {
  readonly theme: Theme;
  now(): number;
  /** Whose days and hours are shown; default: the process's. */
  readonly wall?: WallClock | undefined;
}
