/** Writes to the clipboard, and never reads it. */

/** Where there is no clipboard for scripts (plain http, an old browser), a copy event carries the text. */
let carried: string | undefined;
document.addEventListener(
  'copy',
  (event) => {
    if (carried === undefined) return;
    event.clipboardData?.setData('text/plain', carried);
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

/** Answers whether it is copied: a browser may ask for a gesture, and there was none. */
export async function copyText(text: string): Promise<boolean> {
  const clipboard = (navigator as Partial<Navigator>).clipboard;
  try {
    if (clipboard === undefined) throw new Error('no clipboard');
    await clipboard.writeText(text);
    return true;
  } catch {
    carried = text;
    const isCopied = document.execCommand('copy');
    carried = undefined;
    return isCopied;
  }
}

/** The most that a program may put on the clipboard, in bytes. */
const MAX_COPY_BYTES = 256 * 1024;

/** The text of an OSC 52 that writes; undefined for one that reads, is too long or is broken. */
export function readClipboardWrite(data: string): string | undefined {
  const at = data.indexOf(';');
  const encoded = data.slice(at + 1);
  if (at < 0 || encoded === '' || encoded === '?' || encoded.length > (MAX_COPY_BYTES * 4) / 3 + 4) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
