/** Looks of cells in tests, written as `ParsedScreen` writes them: flags, foreground, a slash, background. */

export interface Look {
  readonly fg?: string | undefined;
  readonly bg?: string | undefined;
  /** Of `b d i u v s`. */
  readonly flags?: string;
}

const ON: Readonly<Record<number, string>> = { 1: 'b', 2: 'd', 3: 'i', 4: 'u', 7: 'v', 9: 's' };
const OFF: Readonly<Record<number, string>> = { 22: 'bd', 23: 'i', 24: 'u', 27: 'v', 29: 's' };
const ORDER = 'bdiuvs';

/** A look after an SGR sequence. */
export function codeOfSgr(look: Look, params: string): Look {
  const codes = params.split(';').map((part) => (part === '' ? 0 : Number(part)));
  let { fg, bg, flags = '' } = look;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) [fg, bg, flags] = [undefined, undefined, ''];
    else if (ON[code] !== undefined)
      flags = [...ORDER].filter((flag) => flags.includes(flag) || flag === ON[code]).join('');
    else if (OFF[code] !== undefined) flags = [...flags].filter((flag) => OFF[code]?.includes(flag) !== true).join('');
    else if (code === 39) fg = undefined;
    else if (code === 49) bg = undefined;
    else if (code === 38 || code === 48) {
      const rgb = codes[at + 1] === 2;
      const [red = 0, green = 0, blue = 0] = codes.slice(at + 2);
      const color = rgb ? `#${((red << 16) | (green << 8) | blue).toString(16)}` : `p${red.toString(16)}`;
      if (code === 38) fg = color;
      else bg = color;
      at += rgb ? 4 : 2;
    } else if (code >= 30 && code < 38) fg = `p${(code - 30).toString(16)}`;
    else if (code >= 40 && code < 48) bg = `p${(code - 40).toString(16)}`;
    else if (code >= 90 && code < 98) fg = `p${(code - 82).toString(16)}`;
    else if (code >= 100 && code < 108) bg = `p${(code - 92).toString(16)}`;
    else throw new Error(`SGR ${code}.`);
  }
  return { fg, bg, flags };
}

export function lookText({ fg = '', bg = '', flags = '' }: Look, isBlank: boolean): string {
  return isBlank && !/[uvs]/.test(flags) ? `/${bg}` : `${flags}${fg}/${bg}`;
}
