/** What each command does: changes of the stage and effects. Knows nothing of how commands are written. */
import { foldName, LOBBY, type Room, type ThemeWish } from '@parley/protocol';
import type { Command } from '../commands/command-table.ts';
import { createRoom, openDirect } from './asked-rooms.ts';
import { EMPTY_DRAFT } from './draft.ts';
import { memberListRows } from './list-rows.ts';
import { activeRoom, listedRoom, listTotal, newestOf } from './open-room.ts';
import { deleteLast } from './own-messages.ts';
import { askForOwnPassword } from './own-password.ts';
import { labelOf, shownName } from './room-list.ts';
import { closeDirect, showRoom } from './room-opening.ts';
import { toFirstNew } from './scroll-back.ts';
import type { ChatStage, ListPopup, OpenRoom } from './state.ts';
import { leave, type Step, step, withToast } from './step.ts';
import { tell } from './tell.ts';
import { unreachable } from './unreachable.ts';
import { signingOut } from './welcome.ts';

const THEME_WORDS: Readonly<Record<ThemeWish, string>> = {
  auto: 'The theme goes with your terminal, or your system.',
  light: 'The light theme. /theme auto undoes that.',
  dark: 'The dark theme. /theme auto undoes that.',
};

/** `/edit` is the composer's: its text may come back there. */
export function runCommand(chat: ChatStage, command: Exclude<Command, { do: 'edit' }>, now: number): Step {
  const open = activeRoom(chat);
  const room = listedRoom(chat);
  switch (command.do) {
    case 'rooms':
      return step({ ...chat, popup: loadingList('rooms') }, { do: 'list', of: 'rooms' });
    case 'users':
      return step({ ...chat, popup: loadingList('users') }, { do: 'list', of: 'users' });
    case 'members':
      if (open === undefined) return step(chat);
      return step({ ...chat, popup: membersPopup(chat) }, { do: 'list-members', room: open.room, quietly: false });
    case 'join':
      return showRoom(chat, command.room, command.password);
    case 'leave':
      return leaveRoom(chat, command.room ?? chat.active, now);
    case 'create':
      if (command.access === 'password') {
        const { room: made, password } = command;
        if (password !== undefined)
          return createRoom(chat, { room: made, kind: 'private', password, title: undefined });
        const words = 'Who joins will need it.';
        return step({
          ...chat,
          popup: { name: 'password', of: { room: made, isNew: true }, field: EMPTY_DRAFT, words },
        });
      }
      return createRoom(chat, {
        room: command.room,
        kind: command.access === 'invitation' ? 'private' : 'public',
        password: undefined,
        title: command.title,
      });
    case 'invite':
      if (open === undefined) return step(chat);
      return invite(chat, open, command.nick, now);
    case 'topic':
      if (open === undefined) return step(chat);
      if (room?.kind === 'direct')
        return step(withToast(chat, 'plain', 'A conversation between two has no topic.', now));
      if (command.topic !== undefined) return step(chat, { do: 'set-topic', room: open.room, topic: command.topic });
      return step(tell(chat, 'plain', topicWords(room), now));
    case 'pm':
      return openDirect(chat, command.nick, command.text);
    case 'say':
      return say(chat, command.room, command.text, now);
    case 'delete':
      return deleteLast(chat, now);
    case 'ping':
      return step(chat, { do: 'measure-ping' });
    case 'older':
      return step(chat, { do: 'scroll', move: { to: 'pageUp' } });
    case 'unread':
      return toFirstNew(chat) ?? step(withToast(chat, 'plain', 'Nothing is new here.', now));
    case 'bell': {
      const bell = command.on ?? chat.bell;
      const words = bell
        ? 'Mentions and direct messages ring. /bell off stops that.'
        : 'Nothing rings. /bell on calls you for mentions and direct messages.';
      return step(withToast({ ...chat, bell }, 'plain', words, now));
    }
    case 'theme':
      return step(withToast(chat, 'plain', THEME_WORDS[command.theme], now), { do: 'set-theme', theme: command.theme });
    case 'nick':
      return changeNick(chat, command.nick, now);
    case 'password':
      return askForOwnPassword(chat, now);
    case 'logout':
      return step(signingOut(chat.server, chat.you.nick, chat.you.guest), { do: 'sign-out' });
    case 'retry':
    case 'discard': {
      const failed = open?.pending.filter(({ state }) => state === 'failed').map(({ cid }) => cid) ?? [];
      if (failed.length === 0) return step(withToast(chat, 'plain', 'Nothing failed to be sent here.', now));
      return step(chat, { do: command.do, cids: failed });
    }
    case 'help':
      return step({ ...chat, popup: { name: 'help', top: 0 } });
    case 'quit':
      return leave();
    default:
      return unreachable(command);
  }
}

/** Where there is no topic, the title is what stands in its place. */
function topicWords(room: Room | undefined): string {
  if (room?.topic) return `The topic is: ${room.topic}`;
  const hasTitle = room !== undefined && room.title !== room.room;
  return `${hasTitle ? `The title is: ${room.title}. There is no topic.` : 'This room has no topic.'} /topic <text> sets one.`;
}

/** Guests are who they say: another nick is theirs when nobody has it. */
function changeNick(chat: ChatStage, nick: string, now: number): Step {
  const no = (words: string): Step => step(withToast(chat, 'bad', words, now));
  if (!chat.you.guest) return no('Your nick is your account’s: it stays.');
  if (nick === chat.you.nick) return step(withToast(chat, 'plain', `You are ${nick} already.`, now));
  if (chat.connection.name !== 'online') return no('There is no connection to the server.');
  const rooms = [...chat.open.values()];
  if (rooms.some(({ pending }) => pending.length > 0)) {
    return no('Something you wrote is not sent yet. Wait for it, or /discard it, and try again.');
  }
  const seen = rooms.filter(({ load }) => load === 'ready').map((each) => [each.room, newestOf(each).lastSeq] as const);
  return step(chat, { do: 'rename', nick, seen: Object.fromEntries(seen) });
}

/** The members popup, with what is known already. */
function membersPopup(chat: ChatStage): ListPopup {
  const open = activeRoom(chat);
  const members = open?.members ?? [];
  const rows = memberListRows(members, chat.you.id);
  return {
    ...loadingList('members'),
    load: 'ready',
    rows,
    total: listTotal(rows, members, open?.total ?? 0),
  };
}

const loadingList = (of: ListPopup['of']): ListPopup => ({
  name: 'list',
  of,
  load: 'loading',
  rows: [],
  total: 0,
  filter: EMPTY_DRAFT,
  selected: 0,
});

/** One of one's own rooms by its name, or by the nick of the other one in it. */
function ownRoom(chat: ChatStage, name: string): Room | undefined {
  const [wanted, nick] = [foldName(name), foldName(name.replace(/^@/u, ''))];
  return (
    chat.rooms.find(({ room }) => foldName(room) === wanted) ??
    chat.rooms.find((room) => room.kind === 'direct' && foldName(labelOf(room)) === nick)
  );
}

function invite(chat: ChatStage, { room, members }: OpenRoom, nick: string, now: number): Step {
  const no = (words: string): Step => step(withToast(chat, 'plain', words, now));
  if (foldName(room) === LOBBY) return no('The lobby is everyone’s: nobody has to be invited.');
  const member = members.find((each) => foldName(each.nick) === foldName(nick));
  if (member !== undefined) return no(`${member.nick} is here already.`);
  return step(chat, { do: 'invite', room, nick });
}

function leaveRoom(chat: ChatStage, name: string | undefined, now: number): Step {
  if (name === undefined) return step(chat);
  if (foldName(name) === LOBBY) {
    return step(withToast(chat, 'plain', 'The lobby is everyone’s: nobody leaves it. /quit leaves Parley.', now));
  }
  const room = ownRoom(chat, name);
  if (room === undefined) return step(withToast(chat, 'bad', `You are not in ${name}.`, now));
  if (room.kind === 'direct') return closeDirect(chat, room, now);
  return step({ ...chat, leaving: room.room }, { do: 'leave-room', room: room.room });
}

function say(chat: ChatStage, name: string, text: string, now: number): Step {
  const room = ownRoom(chat, name);
  if (room === undefined) {
    const how = name.startsWith('@') ? `/pm ${name.slice(1)}` : `/join ${name}`;
    return step(withToast(chat, 'bad', `You are not in ${name}: ${how} first.`, now));
  }
  const where = shownName(room, name);
  if (chat.open.get(room.room)?.glimpse !== undefined) {
    return step(withToast(chat, 'bad', `${where} is still opening: say it in a moment.`, now));
  }
  const said =
    chat.connection.name === 'online'
      ? withToast(chat, 'good', `Said in ${where}.`, now)
      : withToast(chat, 'plain', `Not connected: it will be said in ${where}.`, now);
  return step(said, { do: 'send', room: room.room, text });
}
