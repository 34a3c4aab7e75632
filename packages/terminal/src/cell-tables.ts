/**
 * What the numbers in cells stand for. A cell is one Uint32: style id (11 bits) and a code (21 bits), which is a code
 * point, or past those the id of an interned cluster; a cell of 0 is the right half of the wide one before it.
 *
 * The tables are shared by the screens of a process and fed by users' text, so they are bounded: past a soft limit they
 * start anew before the next frame (`settle`), `generation` rises, and every screen redraws what it shows. How much one
 * frame may add is for its screen to say: past that, and past the hard limit of the bits, a replacement is shown.
 */
import { sanitize } from './sanitize.ts';
import { sgrBetween, Style } from './style.ts';
import { clusterWidth, forEachCluster } from './width.ts';

export const CODE_BITS = 21;
const CODE_MASK = (1 << CODE_BITS) - 1;
/** A space in the plain style. */
export const BLANK = 0x20;
/** The right half of a wide cell. */
export const RIGHT_HALF = 0;
/** No cell is ever this: what is on the terminal there is unknown. */
export const UNKNOWN = 0xffffffff;

const FIRST_CLUSTER = 0x110000;
const REPLACEMENT = 0xfffd;
const MAX_STYLES = 2047;
/** Changes of style remembered; those that occur are few. */
const MAX_CHANGES = 4096;

const PLAIN = /^[\x20-\x7e]*$/;
/** Code points that a terminal would obey, hide or reorder by; text is sanitised long before, widgets' content isn't. */
const UNSAFE = /[\u{e0000}-\u{e0fff}\p{Control}\p{Format}\p{Surrogate}\p{Mark}\u2028-\u2029\u115f-\u1160\u3164\uffa0]/u;

/** What goes on with a cluster: marks, vowels and voicing signs that count as letters, and the later letters of a syllable of Hangul. */
const JOINING = /^[\p{Mark}\u0e33\u0eb3\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]/u;

export interface CellTableLimits {
  /** Interned clusters before the tables start anew. Default 8,192. */
  clusters?: number | undefined;
  /** Styles before the tables start anew. Default 1,024. */
  styles?: number | undefined;
}

export class CellTables {
  readonly #maxClusters: number;
  readonly #maxStyles: number;
  #generation = 0;
  #styleIds = new Map<string, number>();
  #styles: Style[] = [];
  /** Of each style, the one with its background alone: what a space in it looks like. */
  #backgrounds: number[] = [];
  /** SGR sequences from one style to another, by both ids. */
  #changes = new Map<number, string>();
  #clusterIds = new Map<string, number>();
  #clusters: string[] = [];
  #reaches: number[] = [];
  #joiners: boolean[] = [];
  #left = Number.POSITIVE_INFINITY;
  #short = false;

  constructor(limits: CellTableLimits = {}) {
    this.#maxClusters = limits.clusters ?? 8192;
    this.#maxStyles = Math.min(limits.styles ?? 1024, MAX_STYLES);
    this.#reset();
  }

  /** Rises when ids lose their meaning. */
  get generation(): number {
    return this.#generation;
  }

  /** Clusters that the frame may still add. */
  get left(): number {
    return this.#left;
  }

  /** The frame has a replacement in the place of a cluster that it could not add. */
  get isShort(): boolean {
    return this.#short;
  }

  /** Starts anew if the tables are full. To be called between frames only; the next may add `mostClusters`. */
  settle(mostClusters = Number.POSITIVE_INFINITY): void {
    this.#left = mostClusters;
    this.#short = false;
    if (this.#clusters.length > this.#maxClusters || this.#styles.length > this.#maxStyles) this.#reset();
  }

  /** The style's bits, to be combined with a code. */
  styleBits(style: Style): number {
    const { known } = style;
    if (known?.tables === this && known.generation === this.#generation) return known.bits;
    const bits = (this.#styleIds.get(style.sgr) ?? this.#addStyle(style)) << CODE_BITS;
    style.known = { tables: this, generation: this.#generation, bits };
    return bits;
  }

  /** A space in the style with these bits; styles that a space can't be told apart in give the same cell. */
  space(bits: number): number {
    return ((this.#backgrounds[bits >>> CODE_BITS] ?? 0) << CODE_BITS) | 0x20;
  }

  /** The style with the background of another one alone; the same when its spaces show more than that. */
  background(styleId: number): number {
    return this.#backgrounds[styleId] ?? 0;
  }

  /** Whether erasing in the style leaves what writing a space in it does. */
  isBackground(styleId: number): boolean {
    return this.#backgrounds[styleId] === styleId && isBare(this.#styles[styleId] ?? Style.plain);
  }

  /** The bytes that take a terminal from one style to another; `from` -1 is unknown. */
  change(from: number, to: number): string {
    const key = (from + 1) * (MAX_STYLES + 1) + to;
    let bytes = this.#changes.get(key);
    if (bytes === undefined) {
      bytes = sgrBetween(this.#styles[from], this.#styles[to] ?? Style.plain);
      if (this.#changes.size >= MAX_CHANGES) this.#changes.clear();
      this.#changes.set(key, bytes);
    }
    return bytes;
  }

  /** The code of a cluster; whatever is not safe to write to a terminal becomes U+FFFD. */
  code(cluster: string): number {
    const point = cluster.codePointAt(0) ?? 0x20;
    if (point < 0x7f && cluster.length === 1) return point < 0x20 ? REPLACEMENT : point;
    if (cluster.length === (point > 0xffff ? 2 : 1))
      return isPlain(point) || !UNSAFE.test(cluster) ? point : REPLACEMENT;
    return this.#intern(cluster);
  }

  /** The text of a code. */
  text(code: number): string {
    return code < FIRST_CLUSTER ? String.fromCodePoint(code) : (this.#clusters[code - FIRST_CLUSTER] ?? '\ufffd');
  }

  /**
   * How many columns a terminal with another idea of widths may draw a code over; 0 where all terminals agree. The cells
   * from there on are written again after it.
   */
  reach(code: number): number {
    if (code < FIRST_CLUSTER) return isPlain(code) ? 0 : 2;
    return this.#reaches[code - FIRST_CLUSTER] ?? 2;
  }

  /** Whether a terminal that knows clusters joins it to what was written right before it. */
  joins(code: number): boolean {
    if (code < FIRST_CLUSTER) return code > 0x300 && !isPlain(code) && JOINING.test(String.fromCodePoint(code));
    return this.#joiners[code - FIRST_CLUSTER] ?? false;
  }

  #intern(cluster: string): number {
    const known = this.#clusterIds.get(cluster);
    if (known !== undefined) return FIRST_CLUSTER + known;
    if (this.#left <= 0 || FIRST_CLUSTER + this.#clusters.length > CODE_MASK) {
      this.#short = true;
      return REPLACEMENT;
    }
    this.#left--;
    const safe = sanitize(cluster);
    const whole = safe === cluster && isOneCluster(cluster);
    const id = this.#clusters.push(whole ? cluster : '\ufffd') - 1;
    this.#reaches.push(naiveWidth(cluster));
    this.#joiners.push(JOINING.test(cluster));
    this.#clusterIds.set(cluster, id);
    return FIRST_CLUSTER + id;
  }

  #addStyle(style: Style): number {
    if (this.#styles.length >= MAX_STYLES) return 0;
    const id = this.#styles.push(style) - 1;
    this.#styleIds.set(style.sgr, id);
    this.#backgrounds.push(id);
    if (!isBare(style)) return id;
    const background = new Style({ bg: style.options.bg });
    const backgroundId = this.#styleIds.get(background.sgr) ?? this.#addStyle(background);
    // Without a place for the background the style stays its own.
    if (backgroundId !== 0 || background.sgr === '') this.#backgrounds[id] = backgroundId;
    return id;
  }

  #reset(): void {
    this.#generation++;
    this.#styleIds = new Map();
    this.#styles = [];
    this.#backgrounds = [];
    this.#changes = new Map();
    this.#addStyle(Style.plain);
    this.#clusterIds = new Map();
    this.#clusters = [];
    this.#reaches = [];
    this.#joiners = [];
  }
}

/** A space in the style shows its background and nothing else. */
function isBare({ options }: Style): boolean {
  return options.inverse !== true && options.underline !== true && options.strike !== true;
}

/** The tables that screens share unless they are given their own. */
export const sharedTables = new CellTables();

export const styleIdOf = (cell: number): number => cell >>> CODE_BITS;
export const codeOf = (cell: number): number => cell & CODE_MASK;

/**
 * Packs text into cells from `at` on, no further than `limit`, and returns where it ends. A wide cluster that would be
 * cut in half becomes a space. The text must be sanitised.
 */
export function packText(
  tables: CellTables,
  text: string,
  style: Style,
  cells: Uint32Array,
  at: number,
  limit: number,
): number {
  if (PLAIN.test(text)) return packPlain(tables, text, style, cells, at, limit);
  return packClusters(tables, text, tables.styleBits(style), cells, at, limit);
}

/** The same for text that is known to be printable ASCII and no-break spaces: a cell each. */
export function packPlain(
  tables: CellTables,
  text: string,
  style: Style,
  cells: Uint32Array,
  at: number,
  limit: number,
): number {
  const bits = tables.styleBits(style);
  const space = tables.space(bits);
  const end = Math.min(limit, at + text.length);
  for (let to = at; to < end; to++) {
    const code = text.charCodeAt(to - at);
    cells[to] = code === 0x20 ? space : bits | code;
  }
  return end;
}

function packClusters(
  tables: CellTables,
  text: string,
  bits: number,
  cells: Uint32Array,
  at: number,
  limit: number,
): number {
  let to = at;
  forEachCluster(text, (_start, _end, width, painted) => {
    if (to >= limit) return false;
    if (width === 2 && to + 1 >= limit) {
      cells[to++] = tables.space(bits);
      return false;
    }
    if (width === 0) return true;
    cells[to++] = painted === ' ' ? tables.space(bits) : bits | tables.code(painted);
    if (width === 2) cells[to++] = RIGHT_HALF;
    return true;
  });
  return to;
}

/** Code points that nearly every terminal draws alike: Latin, Greek, Cyrillic, boxes, circles, kana, Han, Hangul, full-width. */
function isPlain(point: number): boolean {
  return (
    (point >= 0x20 && point < 0x7f) ||
    (point >= 0xa0 && point < 0x300 && point !== 0xad) ||
    (point >= 0x370 && point < 0x483) ||
    (point >= 0x48a && point < 0x530) ||
    (point >= 0x2010 && point < 0x2028) ||
    (point >= 0x2500 && point < 0x25a0) ||
    (point >= 0x25cb && point < 0x25d0) ||
    (point >= 0x3001 && point < 0x302a) ||
    (point >= 0x3041 && point < 0x3097) ||
    (point >= 0x30a0 && point < 0x3100) ||
    (point >= 0x4e00 && point < 0xa000) ||
    (point >= 0xac00 && point < 0xd7a4) ||
    (point >= 0xff01 && point < 0xff61)
  );
}

/**
 * The most columns that a terminal without grapheme clusters would give, up to 16: to one whose tables are older than a mark
 * it is a character like others, and a mark without a letter takes a column nearly everywhere.
 */
function naiveWidth(cluster: string): number {
  let columns = 0;
  for (const character of cluster) columns += Math.max(1, clusterWidth(character));
  return Math.min(16, Math.max(2, columns));
}

function isOneCluster(text: string): boolean {
  let count = 0;
  forEachCluster(text, () => ++count < 2);
  return count === 1;
}
