/**
 * Makes text that anyone may have written safe to show: what is left can neither act on a terminal, nor reorder, hide or
 * flood its neighbours. The one place for it. Knows nothing of blessed tags: they stay as they are, because nothing that
 * passes here is ever handed to a tag parser.
 */

export interface SanitizeOptions {
  /** Keep line breaks as `\n` (messages); otherwise each becomes a space (names, topics, titles). Default false. */
  lines?: boolean | undefined;
}

/** More combining marks than this on one character are a flood, not a script. */
const MAX_MARKS = 8;

/**
 * Nothing of these is changed, whatever stands beside it: ASCII, Latin, Cyrillic, dashes, dots and quotation marks, arrows,
 * box drawing and shapes, kana, Han, Hangul syllables. A tenth of the time that it takes to look for all that is below.
 */
const HARMLESS =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u25ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/;
const LONE_SURROGATE = /\p{Surrogate}/gu;
/** All but `\n`. That is left alone where it may stay: a paste may be half line breaks, and each match takes half a microsecond. */
const OTHER_LINE_BREAK = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
const TAB = /\t/g;
/** C0 but for `\n`, DEL, C1. */
const CONTROL = /(?:(?!\n)\p{Control})+/gu;
/**
 * Format characters (bidi controls, zero-width space and joiners of words, BOM, soft hyphen, interlinear annotation …)
 * other than the two joiners and the Arabic and Syriac number signs, which are visible; fillers that look like nothing;
 * invisible operators. Tag characters are dealt with below.
 */
const INVISIBLE = new RegExp(
  '(?![\\u200c-\\u200d\\u0600-\\u0605\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u{110bd}\\u{110cd}\\u{e0020}-\\u{e007f}])' +
    '[\\p{Format}\\u034f\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u2065\\u3164\\uffa0\\ufff0-\\ufff8\\u{e0000}-\\u{e0fff}]',
  'gu',
);
/** Tags stay in a flag of a region (🏴 then tags then the cancel tag) and nowhere else. */
const STRAY_TAGS = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f})|[\u{e0020}-\u{e007f}]+/gu;
/** A joiner stays only where it joins: after and before a letter, mark or pictograph. */
const STRAY_JOINER =
  /(?<![\p{Letter}\p{Mark}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]|[\u200c\u200d](?![\p{Letter}\p{Mark}\p{Extended_Pictographic}])/gu;
const MARK_FLOOD = new RegExp(`(\\p{Mark}{${MAX_MARKS}})\\p{Mark}+`, 'gu');

/** Returns `text` in a form that is safe to paint. Doing it twice changes nothing more. */
export function sanitize(text: string, options: SanitizeOptions = {}): string {
  if (HARMLESS.test(text)) return text;
  const lines = options.lines === true;
  let safe = text
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(OTHER_LINE_BREAK, '\n')
    .replace(TAB, '    ')
    .replace(CONTROL, '');
  if (!lines) safe = safe.replaceAll('\n', ' ');
  safe = safe.replace(INVISIBLE, '').replace(STRAY_TAGS, (_, flag: string | undefined) => flag ?? '');
  return safe.replace(STRAY_JOINER, '').replace(MARK_FLOOD, '$1');
}
