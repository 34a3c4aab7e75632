/**
 * Truecolor for blessed's widgets. An attribute of blessed has nine bits a colour, of which 256–510 mean nothing: here
 * they stand for the `#rrggbb` colours that widgets' styles name, first come first served. Past 255 of them blessed's own
 * reduction to the palette applies. Colours come from themes, never from users.
 */
import colors from 'blessed/lib/colors.js';
import { type Color, Style, type StyleOptions } from './style.ts';

const FIRST_SLOT = 256;
const DEFAULT_COLOR = 0x1ff;
const slots: `#${string}`[] = [];
const reduce = colors.convert.bind(colors);

colors.convert = (color: unknown): number => {
  if (typeof color !== 'string' || !/^#[0-9a-f]{6}$/i.test(color)) return reduce(color);
  const name: `#${string}` = `#${color.slice(1).toLowerCase()}`;
  const known = slots.indexOf(name);
  if (known >= 0) return FIRST_SLOT + known;
  if (FIRST_SLOT + slots.length >= DEFAULT_COLOR) return reduce(color);
  const rgb = Number.parseInt(name.slice(1), 16);
  // blessed looks colours up here when it blends them for shadows and transparency.
  colors.vcolors[FIRST_SLOT + slots.length] = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
  return FIRST_SLOT + slots.push(name) - 1;
};

const styles = new Map<number, Style>();

/** The style that an attribute of blessed stands for. */
export function styleOfAttribute(attribute: number): Style {
  const known = styles.get(attribute);
  if (known !== undefined) return known;
  const flags = attribute >> 18;
  const options: StyleOptions = {
    bold: (flags & 1) !== 0,
    underline: (flags & 2) !== 0,
    inverse: (flags & 8) !== 0,
    fg: colorOf((attribute >> 9) & DEFAULT_COLOR),
    bg: colorOf(attribute & DEFAULT_COLOR),
  };
  const style = new Style(options);
  if (styles.size >= 4096) styles.clear();
  styles.set(attribute, style);
  return style;
}

function colorOf(color: number): Color | undefined {
  if (color === DEFAULT_COLOR) return undefined;
  return color < FIRST_SLOT ? color : slots[color - FIRST_SLOT];
}
