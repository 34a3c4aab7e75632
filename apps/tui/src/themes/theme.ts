/** What things look like: every style of the client by what it is for. Knows no panes. */
import type { Style } from '@parley/terminal';

export interface Theme {
  readonly name: string;
  /** What the numbers of its colours stand for, from 0 on; undefined: it has no numbers. */
  readonly colors: readonly string[] | undefined;
  /**
   * What stands right before words that begin a line and have no name beside them: a blank. A page is shown one that it can
   * tell from those before words that go on, and copies by that; elsewhere it would be copied itself.
   */
  readonly lineBlank: ' ' | '\u00a0';
  /** The background that the messages stand on, and text on it from strong to faint. */
  readonly background: Style;
  readonly strong: Style;
  readonly soft: Style;
  readonly faint: Style;
  readonly good: Style;
  readonly bad: Style;
  readonly warn: Style;
  readonly accent: Style;
  readonly link: Style;
  /** Your own nick where someone names you, and the background of such a message. */
  readonly mention: Style;
  readonly mentionBackground: Style;
  /** Lines between messages: days, and where the new ones begin. */
  readonly day: Style;
  readonly marker: Style;
  /** A message of yours that is not there yet. */
  readonly pending: Style;
  /** Nicks, chosen by hash. */
  readonly nicks: readonly Style[];
  /** The panes at the sides. */
  readonly side: Style;
  readonly sideHeading: Style;
  readonly sideFaint: Style;
  readonly sideUnread: Style;
  readonly sideActive: Style;
  readonly sideActiveMark: Style;
  readonly sideOnline: Style;
  readonly badge: Style;
  readonly mentionBadge: Style;
  readonly rule: Style;
  /** The line above the messages. */
  readonly header: Style;
  readonly headerTopic: Style;
  /** The composer. */
  readonly composer: Style;
  readonly prompt: Style;
  readonly placeholder: Style;
  /** The line at the bottom. */
  readonly status: Style;
  readonly statusFaint: Style;
  readonly statusGood: Style;
  readonly statusWarn: Style;
  readonly statusBad: Style;
  /** Popups and the welcome screen's fields. */
  readonly popup: Style;
  readonly popupFrame: Style;
  readonly popupTitle: Style;
  readonly popupFaint: Style;
  readonly popupKey: Style;
  readonly popupBad: Style;
  readonly selected: Style;
  readonly selectedFaint: Style;
  readonly field: Style;
  readonly fieldFocused: Style;
  readonly button: Style;
  readonly buttonFocused: Style;
  readonly tab: Style;
  readonly tabChosen: Style;
  readonly tabFocused: Style;
}

/** The style of a nick: the same for the same id, on every screen. */
export function nickStyle(theme: Theme, id: string): Style {
  const { nicks } = theme;
  // Ids that follow each other, as those of people who come one after another do, get different colours.
  const number = /^\d{1,15}$/u.test(id) ? Number(id) * 7 : hash(id);
  return nicks[number % nicks.length] ?? theme.strong;
}

/** FNV-1a with its high bits mixed in. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
