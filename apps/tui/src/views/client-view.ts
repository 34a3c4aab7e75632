/** What shows a client to its person: a screen, or lines of text. */
import type { ThemeWish } from '@parley/protocol';
import type { Size } from '../layout/geometry.ts';
import type { ScrollMove } from '../state/effects.ts';
import type { TuiState } from '../state/state.ts';

export interface ClientView {
  /**
   * Runs it once, when something new can be shown: at once when idle, less often when there is much. `patient`: it may wait
   * for company. The newest counts.
   */
  whenReady(run: () => void, how: { readonly patient: boolean }): void;
  /** Shows a state: what has changed since the last one. */
  update(state: TuiState): void;
  /** What the state wanted done is under way, or has come to its end. */
  settled(): void;
  scroll(move: ScrollMove): void;
  /** Calls for attention. */
  notify(title: string, body: string): void;
  /** Shows this theme from now on. */
  setTheme(theme: ThemeWish): void;
  resize(size: Size): void;
  /** Everything again: what the terminal shows is not known any more. */
  repaint(): void;
  /** Nobody looks until `repaint`. */
  detach(): void;
  /** Gives the terminal back until `repaint`. May be called twice. */
  suspend(): void;
  /** Gives the terminal back. May be called twice. */
  close(): void;
}
