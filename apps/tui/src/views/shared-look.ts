/** What rows depend on besides what they say: clients of the process share rows only where all of this is the same. */
import type { Theme } from '../themes/theme.ts';
import type { WallClock } from './wall-clock.ts';

export interface SharedLook {
  /** Columns. */
  readonly width: number;
  readonly theme: Theme;
  /** Whose days and hours are shown; undefined: the process's. */
  readonly wall: WallClock | undefined;
}

/**
 * Whether rows that were made for a look suit a client with that width, theme and clock. The width comes by itself: this runs
 * for every line of every frame, and must not make an object.
 */
export const sameLook = (
  look: SharedLook,
  width: number,
  { theme, wall }: { readonly theme: Theme; readonly wall?: WallClock | undefined },
): boolean => look.width === width && look.theme === theme && look.wall === wall;
