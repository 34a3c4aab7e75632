/**
 * Every command, once: what it is called, what follows it, what it means. The parser, completion and the help are made
 * from this table; what a command does when it runs is the state machine's business.
 */
import { isName, normalizeName, type ThemeWish } from '@parley/protocol';
import { readThemeWish } from '../themes/theme-choice.ts';

/** What a person asked for, ready to act on. */
export type Command =
  | { do: 'rooms' }
  | { do: 'join'; room: string; password: string | undefined }
  | { do: 'leave'; room: string | undefined }
  | { do: 'create'; room: string; access: 'public' | 'invitation'; title: string | undefined }
  /** Without a password it is asked for. */
  | { do: 'create'; room: string; access: 'password'; password: string | undefined }
  | { do: 'invite'; nick: string }
  | { do: 'topic'; topic: string | undefined }
  | { do: 'pm'; nick: string; text: string | undefined }
  | { do: 'say'; room: string; text: string }
  /** Without a text it is written in the composer. */
  | { do: 'edit'; text: string | undefined }
  | { do: 'delete' }
  | { do: 'users' }
  | { do: 'members' }
  | { do: 'ping' }
  | { do: 'older' }
  | { do: 'unread' }
  | { do: 'nick'; nick: string }
  | { do: 'bell'; on: boolean | undefined }
  | { do: 'theme'; theme: ThemeWish }
  | { do: 'password' }
  | { do: 'logout' }
  | { do: 'retry' }
  | { do: 'discard' }
  | { do: 'help' }
  | { do: 'quit' };

/** What can be completed where a command's word is expected; `joinable`: also a room that one is not in. */
export type Completable = 'room' | 'joinable' | 'nick' | 'access' | 'switch' | 'theme' | 'nothing';

/** A problem with what follows a command, in words. */
export class Problem {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

export interface CommandSpec {
  /** With its sign: `/join`. */
  readonly name: string;
  /** Other names with their signs: `/j`, `:jr`. */
  readonly aliases: readonly string[];
  /** What follows, as the help shows it: `<room> [password]`. */
  readonly takes: string;
  readonly help: string;
  /** What Tab offers for the first, second … word. */
  readonly completes: readonly Completable[];
  /** Keeps a line out of the input history: it may hold a password. Asked with the command that was read. */
  readonly isSecret?: (command: Command) => boolean;
  /** What follows is a message's text, with its spaces. */
  readonly takesText?: boolean;
  /** Goes to another room, where what is written next is for. */
  readonly leadsElsewhere?: boolean;
  /** Does nothing where there are lines instead of a screen. */
  readonly forScreens?: boolean;
  read(rest: string): Command | Problem;
}

/** All commands in the order in which the help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: '/rooms',
    aliases: [':lrs', '/list'],
    takes: '',
    help: 'List the rooms there are, and open one',
    completes: [],
    read: () => ({ do: 'rooms' }),
  },
  {
    name: '/join',
    aliases: [':jr', '/j'],
    takes: '<room> [password]',
    help: 'Open a room, joining it first when it needs that',
    completes: ['joinable'],
    leadsElsewhere: true,
    isSecret: (command) => command.do === 'join' && command.password !== undefined,
    read: (rest) => {
      const [name, password] = words(rest, 2);
      const room = readRoom(name, '/join <room>');
      if (room instanceof Problem) return room;
      // The list of rooms shows conversations so.
      if (room.startsWith('@')) return { do: 'pm', nick: room.slice(1), text: undefined };
      return { do: 'join', room, password };
    },
  },
  {
    name: '/leave',
    aliases: [':lr', '/part'],
    takes: '[room]',
    help: 'Leave this room, or the one you name; close a direct conversation',
    completes: ['room'],
    read: (rest) => {
      const [name] = words(rest, 1);
      if (name === undefined) return { do: 'leave', room: undefined };
      const room = readRoom(name, '/leave [room]');
      return room instanceof Problem ? room : { do: 'leave', room };
    },
  },
  {
    name: '/create',
    aliases: [':cr'],
    takes: '<room> [title]',
    help: 'Make a room that anyone may join; by invitation: /create <room> private; by a password, which is asked for: /create <room> password',
    completes: ['nothing', 'access'],
    leadsElsewhere: true,
    isSecret: (command) => command.do === 'create' && command.access === 'password',
    read: (rest) => {
      const [name, second, title] = words(rest, 3);
      const room = readRoom(name, '/create <room> [title], /create <room> private, or /create <room> password');
      if (room instanceof Problem) return room;
      if (room.startsWith('@')) return new Problem('/pm <nick> opens a direct conversation; rooms start without an @.');
      if (second === 'private') return { do: 'create', room, access: 'invitation', title };
      // As after /join, what follows is the password: as a title everyone would read it.
      if (second === 'password') return { do: 'create', room, access: 'password', password: title };
      const whole = [second, title].filter((part) => part !== undefined).join(' ');
      return { do: 'create', room, access: 'public', title: whole === '' ? undefined : whole };
    },
  },
  {
    name: '/invite',
    aliases: [],
    takes: '<nick>',
    help: 'Let someone into this private room',
    completes: ['nick'],
    read: (rest) => {
      const nick = readNick(words(rest, 1)[0], '/invite <nick>');
      return nick instanceof Problem ? nick : { do: 'invite', nick };
    },
  },
  {
    name: '/topic',
    aliases: [],
    takes: '[text|-]',
    help: 'Show the topic of this room, or set it; - clears it',
    completes: [],
    read: (rest) => ({ do: 'topic', topic: rest === '' ? undefined : rest === '-' ? '' : rest }),
  },
  {
    name: '/pm',
    aliases: [':pm', '/msg', '/query'],
    takes: '<nick> [message]',
    help: 'Open a direct conversation, and say something there',
    completes: ['nick'],
    leadsElsewhere: true,
    read: (rest) => {
      const [name, text] = words(rest, 2);
      const nick = readNick(name, '/pm <nick> [message]');
      return nick instanceof Problem ? nick : { do: 'pm', nick, text };
    },
  },
  {
    name: '/say',
    aliases: [':rm'],
    takes: '<room> <message>',
    help: 'Say something in another of your rooms without going there',
    completes: ['room'],
    read: (rest) => {
      const [name, text] = words(rest, 2);
      const room = readRoom(name, '/say <room> <message>');
      if (room instanceof Problem) return room;
      return text === undefined ? new Problem('What should it say? /say <room> <message>') : { do: 'say', room, text };
    },
  },
  {
    name: '/edit',
    aliases: [],
    takes: '[text]',
    help: 'Change what you said last here; without a text it comes back to the composer',
    completes: [],
    takesText: true,
    read: (text) => ({ do: 'edit', text: text.trim() === '' ? undefined : text }),
  },
  {
    name: '/delete',
    aliases: ['/del'],
    takes: '',
    help: 'Delete what you said last here; once more, what you said before',
    completes: [],
    // It may be meant to say which one.
    read: (rest) =>
      rest === '' ? { do: 'delete' } : new Problem('Nothing follows it: /delete takes your last message.'),
  },
  {
    name: '/users',
    aliases: [':users', '/who'],
    takes: '',
    help: 'List who is online, and open a direct conversation',
    completes: [],
    read: () => ({ do: 'users' }),
  },
  {
    name: '/members',
    aliases: [':lru', '/names'],
    takes: '',
    help: 'List the members of this room',
    completes: [],
    read: () => ({ do: 'members' }),
  },
  {
    name: '/ping',
    aliases: [':ping'],
    takes: '',
    help: 'Measure the way to the server and back',
    completes: [],
    read: () => ({ do: 'ping' }),
  },
  {
    name: '/older',
    aliases: ['/back'],
    takes: '',
    help: 'Read older messages',
    completes: [],
    read: () => ({ do: 'older' }),
  },
  {
    name: '/unread',
    aliases: [],
    takes: '',
    help: 'Go to the first message that is new',
    completes: [],
    forScreens: true,
    read: () => ({ do: 'unread' }),
  },
  {
    name: '/bell',
    aliases: [],
    takes: '[on|off]',
    help: 'Whether mentions and direct messages ring and notify',
    completes: ['switch'],
    read: (rest) => {
      const wanted = rest.toLowerCase();
      if (wanted === '') return { do: 'bell', on: undefined };
      return wanted === 'on' || wanted === 'off'
        ? { do: 'bell', on: wanted === 'on' }
        : new Problem('On or off? /bell [on|off]');
    },
  },
  {
    name: '/theme',
    aliases: [],
    takes: '<light|dark|auto>',
    help: 'Light or dark; auto: as your terminal or system is',
    completes: ['theme'],
    forScreens: true,
    read: (rest) => {
      const theme = readThemeWish(rest);
      return theme === undefined ? new Problem('Light or dark? /theme <light|dark|auto>') : { do: 'theme', theme };
    },
  },
  {
    name: '/nick',
    aliases: [],
    takes: '<nick>',
    help: 'Take another nick, as a guest',
    completes: ['nothing'],
    read: (rest) => {
      const nick = readNick(words(rest, 1)[0], '/nick <nick>', 'Which nick?');
      return nick instanceof Problem ? nick : { do: 'nick', nick };
    },
  },
  {
    name: '/password',
    aliases: [],
    takes: '',
    help: 'Change the password of your account; asks for it',
    completes: [],
    // What is written here stays in sight.
    read: (rest) => (rest === '' ? { do: 'password' } : new Problem('Nothing follows it: /password asks for both.')),
  },
  {
    name: '/retry',
    aliases: [],
    takes: '',
    help: 'Send again what could not be sent here',
    completes: [],
    read: () => ({ do: 'retry' }),
  },
  {
    name: '/discard',
    aliases: [],
    takes: '',
    help: 'Drop what could not be sent here',
    completes: [],
    read: () => ({ do: 'discard' }),
  },
  {
    name: '/help',
    aliases: ['/?', '/h'],
    takes: '',
    help: 'Open this help',
    completes: [],
    read: () => ({ do: 'help' }),
  },
  {
    name: '/logout',
    aliases: ['/signout'],
    takes: '',
    help: 'Sign out, and go back to the welcome screen',
    completes: [],
    read: () => ({ do: 'logout' }),
  },
  {
    name: '/quit',
    aliases: [':quit', ':q', '/exit', '/q'],
    takes: '',
    help: 'Leave Parley',
    completes: [],
    read: () => ({ do: 'quit' }),
  },
];

const BY_NAME = new Map(COMMANDS.flatMap((spec) => [spec.name, ...spec.aliases].map((name) => [name, spec] as const)));

/** The command with this name or alias, sign included; upper and lower case are the same. */
export const findCommand = (name: string): CommandSpec | undefined => BY_NAME.get(name.toLowerCase());

/** Every name and alias, sign included. */
export const commandNames = (): readonly string[] => [...BY_NAME.keys()];

/** Splits off the first words at white space; the last one keeps its inner spaces and lines. */
function words(rest: string, count: number): (string | undefined)[] {
  const found: string[] = [];
  let left = rest.trim();
  while (left !== '' && found.length < count - 1) {
    const end = left.search(/\s/u);
    if (end === -1) break;
    found.push(left.slice(0, end));
    left = left.slice(end).trimStart();
  }
  if (left !== '') found.push(left);
  return found;
}

/** What a room's name is shown with: `#` a public one, `&` a private one. */
export const ROOM_SIGN = /^[#&]/u;

function readRoom(word: string | undefined, usage: string): string | Problem {
  if (word === undefined) return new Problem(`Which room? ${usage}`);
  const name = normalizeName(word.replace(ROOM_SIGN, ''));
  const bare = name.startsWith('@') ? name.slice(1) : name;
  if (isName(bare)) return name;
  return new Problem('A room’s name has letters, digits, “.”, “_” and “-”, and no spaces.');
}

function readNick(word: string | undefined, usage: string, question = 'Who?'): string | Problem {
  if (word === undefined) return new Problem(`${question} ${usage}`);
  const nick = normalizeName(word.startsWith('@') ? word.slice(1) : word).replace(/[:,]$/u, '');
  return isName(nick) ? nick : new Problem('A nick has letters, digits, “.”, “_” and “-”, and no spaces.');
}
