/** How a cell looks. Knows SGR, not cells. */

/** `#rrggbb`, or a palette index 0–255. Undefined is the terminal's own colour. */
export type Color = `#${string}` | number;

export interface StyleOptions {
  fg?: Color | undefined;
  bg?: Color | undefined;
  bold?: boolean | undefined;
  dim?: boolean | undefined;
  italic?: boolean | undefined;
  underline?: boolean | undefined;
  inverse?: boolean | undefined;
  strike?: boolean | undefined;
}

/** Backgrounds that one style is remembered on. */
const MAX_BACKGROUNDS = 16;

/** An immutable look; two styles with the same `sgr` are the same look. */
export class Style {
  /** The SGR parameters that turn the plain look into this one, `''` for plain. */
  readonly sgr: string;
  readonly options: Readonly<StyleOptions>;
  /** Kept by cell tables: what they know the style by. */
  known: { readonly tables: object; readonly generation: number; readonly bits: number } | undefined;
  #onBackgrounds: Map<Color | undefined, Style> | undefined;
  #onInverse: Style | undefined;

  /** Throws a RangeError for a colour that is neither `#rrggbb` nor 0–255. */
  constructor(options: StyleOptions = {}) {
    this.options = Object.freeze({ ...options });
    this.sgr = sgrOf(options);
  }

  /** This style with some of it replaced. */
  with(options: StyleOptions): Style {
    return new Style({ ...this.options, ...options });
  }

  /** This style on another one's background, and inverse where that is; the same object for the same background. */
  on(other: Style): Style {
    const { bg, inverse } = other.options;
    if (inverse === true && this.options.inverse !== true) {
      this.#onInverse ??= this.with({ inverse });
      return this.#onInverse.on(other);
    }
    if (bg === this.options.bg) return this;
    this.#onBackgrounds ??= new Map();
    let style = this.#onBackgrounds.get(bg);
    if (style === undefined) {
      style = this.with({ bg });
      if (this.#onBackgrounds.size >= MAX_BACKGROUNDS) this.#onBackgrounds.clear();
      this.#onBackgrounds.set(bg, style);
    }
    return style;
  }

  static readonly plain = new Style();
}

/** Short for `new Style(options)`. */
export const style = (options: StyleOptions): Style => new Style(options);

/** The bytes that take a terminal from one look (undefined: any) to another: what differs, or all of it if that is less. */
export function sgrBetween(from: Style | undefined, to: Style): string {
  const whole = to.sgr === '' ? '\x1b[m' : `\x1b[0;${to.sgr}m`;
  if (from === undefined) return whole;
  const was = from.options;
  const is = to.options;
  const parts: string[] = [];
  // One code ends both bold and dim.
  const lighter = (was.bold === true && is.bold !== true) || (was.dim === true && is.dim !== true);
  if (lighter) parts.push('22');
  if (is.bold === true && (lighter || was.bold !== true)) parts.push('1');
  if (is.dim === true && (lighter || was.dim !== true)) parts.push('2');
  for (const [flag, on] of FLAGS) {
    if ((was[flag] === true) !== (is[flag] === true)) parts.push(is[flag] === true ? on : `2${on}`);
  }
  for (const [part, base] of COLOR_BASES) {
    const before = was[part] === undefined ? `${base + 9}` : colorSgr(was[part], base);
    const after = is[part] === undefined ? `${base + 9}` : colorSgr(is[part], base);
    if (before !== after) parts.push(after);
  }
  const change = parts.length === 0 ? '' : `\x1b[${parts.join(';')}m`;
  return change.length <= whole.length ? change : whole;
}

const FLAGS = [
  ['italic', '3'],
  ['underline', '4'],
  ['inverse', '7'],
  ['strike', '9'],
] as const;
const COLOR_BASES = [
  ['fg', 30],
  ['bg', 40],
] as const;

function sgrOf(options: StyleOptions): string {
  const parts: string[] = [];
  if (options.bold) parts.push('1');
  if (options.dim) parts.push('2');
  if (options.italic) parts.push('3');
  if (options.underline) parts.push('4');
  if (options.inverse) parts.push('7');
  if (options.strike) parts.push('9');
  if (options.fg !== undefined) parts.push(colorSgr(options.fg, 30));
  if (options.bg !== undefined) parts.push(colorSgr(options.bg, 40));
  return parts.join(';');
}

/** `base` is 30 for the foreground, 40 for the background. */
function colorSgr(color: Color, base: 30 | 40): string {
  if (typeof color === 'string') {
    if (!/^#[0-9a-f]{6}$/i.test(color)) throw new RangeError(`${color} is not a colour of the form #rrggbb.`);
    const rgb = Number.parseInt(color.slice(1), 16);
    return `${base + 8};2;${rgb >> 16};${(rgb >> 8) & 0xff};${rgb & 0xff}`;
  }
  if (!Number.isInteger(color) || color < 0 || color > 255) {
    throw new RangeError(`${color} is not a palette colour from 0 to 255.`);
  }
  if (color < 8) return String(base + color);
  if (color < 16) return String(base + 60 + color - 8);
  return `${base + 8};5;${color}`;
}
