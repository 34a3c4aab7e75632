/** What the program is started with: arguments, what the environment tells of the terminal and, in the gateway, the rest. Pure. */
import { HEX_64, type ThemeWish } from '@parley/protocol';
import { readServerAddress } from './server-addresses.ts';
import { type ColorDepth, readColorDepth } from './themes/color-depth.ts';
import { readThemeWish } from './themes/theme-choice.ts';

interface TuiConfig {
  readonly hosted: boolean;
  readonly server: string | undefined;
  readonly room: string | undefined;
  readonly nick: string | undefined;
  readonly sessionKey: string | undefined;
  readonly fresh: boolean;
  readonly ticket: string | undefined;
  readonly theme: ThemeWish;
  /** What the terminal has of colours. */
  readonly colors: ColorDepth;
  /** Lines of text were asked for. */
  readonly plain: boolean;
}

export type ReadConfig =
  | { readonly kind: 'config'; readonly config: TuiConfig }
  | { readonly kind: 'help'; readonly words: string }
  | { readonly kind: 'problem'; readonly words: string };

const USAGE = `Usage: npm run tui -- [server address] [--room <room>] [--nick <nick>]
                          [--theme <theme>] [--plain]

  server address   such as chat.example.org or 127.0.0.1:8080; asked for when left out
  --room <room>    open this room after the welcome screen
  --nick <nick>    enter as this guest at once; needed when input is no terminal
  --theme <theme>  light, dark or auto (the one that suits the terminal), which is the default. It has the colours that
                   TERM and COLORTERM promise, and none where NO_COLOR is set
  --plain          lines of text instead of a screen, for screen readers, scripts and pipes; chosen by itself when
                   input or output is no terminal, or a dumb one. Ends when its input does, with 0 when all of it was
                   sent, 1 when not, 128 and the signal's number when one ended it:
                   echo hello | npm run tui -- chat.example.org --nick bot --room dev
                   A line that is a command, such as /topic or /say, is done, and /quit ends; all others are sent as
                   they are. One slash more sends a line that begins with one: //quit is the message /quit, and
                   sed 's|^/|//|' does that for a whole file. So does one colon more for a command's colon name.
                   What can't be done is said, and the next line follows; but where a line was to lead to another
                   room (/join, /create, /pm) and can't, those after it were meant for there, and it ends`;

const OPTIONS = { '--room': 'room', '--nick': 'nick', '--theme': 'theme' } as const;

/** Reads the program's arguments, the terminal's colours, and the environment that a gateway gives it. */
export function readTuiConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadConfig {
  const values: { room?: string; nick?: string; theme?: string; address?: string } = {};
  let hosted = false;
  let plain = false;
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [name = '', inline] = arg.split(/=(.*)/su);
    if (arg === '--hosted') hosted = true;
    else if (arg === '--plain') plain = true;
    else if (arg === '--help' || arg === '-h') return { kind: 'help', words: USAGE };
    else if (name === '--room' || name === '--nick' || name === '--theme') {
      const value = inline ?? left.shift();
      if (value === undefined || value === '') return { kind: 'problem', words: `${name} needs a name.\n\n${USAGE}` };
      if (name === '--theme' && readThemeWish(value) === undefined)
        return { kind: 'problem', words: `There is no theme ${value}.\n\n${USAGE}` };
      values[OPTIONS[name]] = value;
    } else if (arg.startsWith('-')) return { kind: 'problem', words: `There is no option ${arg}.\n\n${USAGE}` };
    else if (values.address === undefined) values.address = arg;
    else return { kind: 'problem', words: `One server address is enough, and ${arg} is a second one.\n\n${USAGE}` };
  }
  const given = (name: string): string | undefined => (hosted ? environment[name] || undefined : undefined);
  const address = given('PARLEY_SERVER') ?? values.address;
  const server = address === undefined ? undefined : readServerAddress(address);
  if (address !== undefined && server === undefined) {
    return { kind: 'problem', words: `${address} is no server address.\n\n${USAGE}` };
  }
  if (hosted && server === undefined) return { kind: 'problem', words: '--hosted needs PARLEY_SERVER.' };
  const key = given('PARLEY_SESSION');
  return {
    kind: 'config',
    config: {
      hosted,
      server,
      room: given('PARLEY_ROOM') ?? values.room,
      nick: given('PARLEY_NICK') ?? values.nick,
      sessionKey: key !== undefined && HEX_64.test(key) ? key : undefined,
      fresh: given('PARLEY_FRESH') === '1',
      ticket: given('PARLEY_TICKET'),
      theme: readThemeWish(given('PARLEY_THEME') ?? values.theme) ?? 'auto',
      colors: hosted ? 'truecolor' : readColorDepth(environment),
      plain: plain && !hosted,
    },
  };
}
