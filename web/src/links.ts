/** Addresses on the screen as links, also those that go over several rows of the messages' pane. */
import { webAddresses } from '@parley/protocol';
import type { ILink, Terminal } from '@xterm/xterm';
import type { ScreenLine } from './screen-text.ts';

/** `linesAt` gives the lines that a row is part of. */
export function provideLinks(terminal: Terminal, linesAt: (row: number) => readonly ScreenLine[]): void {
  terminal.registerLinkProvider({
    provideLinks(bufferLine, callback) {
      const row = bufferLine - 1 - terminal.buffer.active.viewportY;
      const links = linesAt(row).flatMap((line) => linksOf(line, row, bufferLine));
      callback(links.length === 0 ? undefined : links);
    },
  });
}

/** One link for each address that the row has a part of. */
export function linksOf(line: ScreenLine, row: number, bufferLine: number): ILink[] {
  return webAddresses(line.text).flatMap(({ index, address }) => {
    const columns = line.places
      .slice(index, index + address.length)
      .filter((place) => place.row === row)
      .map((place) => place.column);
    const [first] = columns;
    const last = columns.at(-1);
    if (first === undefined || last === undefined) return [];
    return [
      {
        range: { start: { x: first + 1, y: bufferLine }, end: { x: last + 1, y: bufferLine } },
        text: address,
        activate: () => openLink(address),
      },
    ];
  });
}

/** Opens web addresses, in a page that can't reach back. */
export function openLink(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') window.open(url.href, '_blank', 'noopener,noreferrer');
}
