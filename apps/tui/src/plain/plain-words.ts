/**
 * What happens in a chat, as lines of words. Lines are safe to write to any terminal: everything in them went through
 * `sanitize`.
 */
import type { ConnectionState } from '@parley/client';
import { foldName, type Room } from '@parley/protocol';
import { sanitize } from '@parley/terminal';
import { COMMANDS } from '../commands/command-table.ts';
import { askedField } from '../state/line-entry.ts';
import { onlineCount } from '../state/open-room.ts';
import { type Rename, renameWords } from '../state/renames.ts';
import { shownName } from '../state/room-list.ts';
import type { ShownEvent } from '../state/room-log.ts';
import type { ListPopup, OpenRoom, PasswordPopup, WelcomeStage } from '../state/state.ts';
import { unreachable } from '../state/unreachable.ts';
import { secondsUntil, timeOfDay } from '../views/clock-words.ts';
import { aboutPassword } from '../views/popup-words.ts';
import { membershipWords } from '../views/timeline.ts';
import type { WallClock } from '../views/wall-clock.ts';

/** Words of this client's own, told apart from messages by their dashes. */
export const aside = (words: string): string => `-- ${sanitize(words)}`;

/** How a line about a room begins: nothing where no room is named. */
const beginning = (at: string | number, name: string | undefined, wall: WallClock | undefined): string =>
  name === undefined ? '' : `${timeOfDay(new Date(at), wall)} ${sanitize(name)} `;

/** Someone is called otherwise now. */
export const renameLine = (rename: Rename, name: string, wall?: WallClock): string =>
  `${beginning(rename.at, name, wall)}${sanitize(renameWords([rename]))}.`;

/**
 * The lines of an event: those of it that came after `after`, where it stands for several. `name`: the room's; without it they
 * say neither room nor time.
 */
export function eventLines(
  event: ShownEvent,
  after: number,
  name: string | undefined,
  wall?: WallClock,
): readonly string[] {
  const begin = (at: string): string => beginning(at, name, wall);
  switch (event.type) {
    case 'message': {
      const text = event.deleted === true ? '(deleted)' : sanitize(event.text, { lines: true });
      const [first = '', ...more] = text.split('\n');
      const edited = event.editedAt === undefined ? '' : ' (edited)';
      const lines = [`${begin(event.at)}${sanitize(event.from.nick)}: ${first}`, ...more.map((line) => `  ${line}`)];
      return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}${edited}`];
    }
    case 'topic.changed': {
      const what = event.topic === '' ? 'cleared the topic.' : `set the topic: ${sanitize(event.topic)}`;
      return [`${begin(event.at)}${sanitize(event.from.nick)} ${what}`];
    }
    case 'membership.run':
      // One by one as they come, and in a line when one reads back.
      if (after < event.seq) return [`${begin(event.at)}${sanitize(membershipWords(event))}.`];
      return event.events
        .filter(({ seq }) => seq > after)
        .map(
          ({ at, from, type }) => `${begin(at)}${sanitize(from.nick)} ${type === 'member.joined' ? 'joined' : 'left'}.`,
        );
    default:
      return unreachable(event);
  }
}

/** The last seq that an event stands for. */
export const lastSeqOf = (event: ShownEvent): number => (event.type === 'membership.run' ? event.lastSeq : event.seq);

/** Where one is now; not sanitised. */
export function roomWords(room: Room | undefined, open: OpenRoom): string {
  const name = shownName(room, open.room);
  if (room?.kind === 'direct') return `You are writing to ${name.slice(1)} alone.`;
  const online = onlineCount(open);
  const title = room === undefined || foldName(room.title) === foldName(room.room) ? '' : ` ${room.title}.`;
  const topic = room === undefined || room.topic === '' ? '' : ` Topic: ${room.topic.trim()}.`;
  return `You are in ${name}.${title}${topic} ${online} ${online === 1 ? 'person is' : 'people are'} online.`;
}

/** A list that was asked for. */
export function listLines(popup: ListPopup): readonly string[] {
  if (typeof popup.load === 'object') return [aside(popup.load.failed)];
  const title = { rooms: 'Rooms', users: 'People online', members: 'Members', switch: 'Your rooms' }[popup.of];
  const rows = popup.rows.map(({ label, detail }) => aside(detail === '' ? `  ${label}` : `  ${label}: ${detail}`));
  const hidden = popup.total - popup.rows.length;
  return [aside(`${title}: ${popup.total}`), ...rows, ...(hidden > 0 ? [aside(`  and ${hidden} more`)] : [])];
}

/** A password is asked for. */
export function passwordLine(popup: PasswordPopup): string {
  const asked = 'room' in popup.of ? `The password of ${popup.of.room}?` : aboutPassword(popup);
  return aside(`${popup.words} ${asked} An empty line goes back.`);
}

/** Every command. Keys and popups are not for this mode. */
export const helpLines = (): readonly string[] => [
  aside('A line is sent to the room you are in. Lines that start with a slash are commands:'),
  ...COMMANDS.filter(({ forScreens }) => forScreens !== true).map(({ name, takes, aliases, help }) => {
    const also = aliases.length === 0 ? '' : ` (also ${aliases.join(', ')})`;
    return aside(`  ${`${name} ${takes}`.trimEnd()}: ${help}${also}`);
  }),
  aside(
    'A message that starts with // is sent with one slash, one that starts with ::users or another such name with one colon.',
  ),
];

/** What the welcome screen asks for, in words. */
export function questionOf(stage: WelcomeStage): { readonly words: string; readonly hidden: boolean } {
  const nick = stage.fields.nick.text;
  const field = askedField(stage);
  switch (field) {
    case 'server':
      return { words: `Which server? Enter alone takes ${stage.fields.server.text}.`, hidden: false };
    case 'nick': {
      const words = {
        guest: 'Your nick? Or: /signin <nick>, /register <nick>, /quit.',
        'sign-in': 'The nick of your account? Or: /guest <nick>, /register <nick>, /quit.',
        register: 'A nick for the new account? Or: /guest <nick>, /signin <nick>, /quit.',
      }[stage.mode];
      return { words, hidden: false };
    }
    case 'password':
      return {
        words: `${stage.mode === 'register' ? `A password for ${nick}?` : `The password of ${nick}?`} An empty line goes back.`,
        hidden: true,
      };
    case 'repeat':
      return { words: 'The same password again?', hidden: true };
    default:
      return unreachable(field);
  }
}

/** What became of the connection, or undefined where that is not worth a line; not sanitised. */
export function connectionWords(connection: ConnectionState, now: number): string | undefined {
  if (connection.name === 'waiting') {
    const { reason, retryAt, attempt } = connection;
    // The first time, and then now and then: who hears each line would hear little else.
    if (attempt > 1 && attempt % 5 !== 0) return undefined;
    return `${reason} Trying again in ${secondsUntil(retryAt, now)} s.`;
  }
  return connection.name === 'refused' ? connection.message : undefined;
}
