/** How many colours a terminal has, as its environment tells, and the nearest that it has to another one. */

/** `truecolor`: each `#rrggbb`. `none`: bold, underline and inverse alone. */
export type ColorDepth = 'truecolor' | '256' | '16' | 'none';

type Environment = Readonly<Record<string, string | undefined>>;

/** No colours: what `dumb` says, the terminals of DEC, and entries that end in `-m` or `-mono`. */
const COLORLESS = /^(?:|dumb|unknown|vt\d{2,3}(?:[.-].*)?|.*-m(?:ono)?)$/u;
/** These have them all, also where a login over SSH has left COLORTERM behind. */
const TRUECOLOR = /^(?:tmux|alacritty|foot|ghostty|wezterm|contour|xterm-(?:kitty|ghostty))(?:[.-]|$)|-direct\d*$/u;

/** What GNU screen calls itself, and tmux often does too. */
export const isScreen = (term: string): boolean => /^screen(?:[.-]|$)/u.test(term);

/** The colours of the terminal that a program with this environment runs on; https://no-color.org has the last word. */
export function readColorDepth({ NO_COLOR, COLORTERM, TERM, TMUX, STY, OS }: Environment): ColorDepth {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return 'none';
  // The consoles of Windows have no TERM.
  if (TERM === undefined && OS === 'Windows_NT') return 'truecolor';
  const term = TERM ?? '';
  if (COLORLESS.test(term)) return 'none';
  // Both call themselves screen; tmux knows every colour. Of GNU screen, COLORTERM tells what is around it.
  const isGnuScreen = isScreen(term) && STY !== undefined;
  if (isScreen(term) && TMUX !== undefined && !isGnuScreen) return 'truecolor';
  if (!isGnuScreen && (COLORTERM === 'truecolor' || COLORTERM === '24bit')) return 'truecolor';
  if (TRUECOLOR.test(term)) return 'truecolor';
  return term.endsWith('-256color') ? '256' : '16';
}

/** What the six levels of the cube of 6×6×6 colours look like. */
const LEVELS = [0, 95, 135, 175, 215, 255] as const;
const CUBE = 16;
const GRAYS = 232;

/** The colour from 16 to 255 that is nearest to `#rrggbb`; those below are as their person has made them. */
export function nearestOf256(color: string): number {
  const wanted = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  const levels = wanted.map((part) => nearestIndex(LEVELS, part));
  const inCube = levels.map((level) => LEVELS[level] ?? 0);
  const gray = Math.max(0, Math.min(23, Math.round((wanted.reduce((sum, part) => sum + part, 0) / 3 - 8) / 10)));
  const distance = (shown: readonly number[]): number =>
    shown.reduce((sum, part, at) => sum + (part - (wanted[at] ?? 0)) ** 2, 0);
  const [red = 0, green = 0, blue = 0] = levels;
  const isGray = distance(Array.from({ length: 3 }, () => 8 + 10 * gray)) < distance(inCube);
  return isGray ? GRAYS + gray : CUBE + 36 * red + 6 * green + blue;
}

function nearestIndex(levels: readonly number[], part: number): number {
  const distances = levels.map((level) => Math.abs(level - part));
  return distances.indexOf(Math.min(...distances));
}
