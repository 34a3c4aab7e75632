import { describe, expect, it } from 'vitest';
import { COMMANDS, commandNames } from './command-table.ts';
import { completeWord } from './complete-word.ts';
import { isQuit, nearestCommand, parseEntry } from './parse-entry.ts';

const commandOf = (text: string) => {
  const entry = parseEntry(text);
  return entry.kind === 'command' ? entry.command : entry;
};

describe('the command table', () => {
  it('names each command once', () => {
    const names = COMMANDS.flatMap((spec) => [spec.name, ...spec.aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('holds every command and alias that people were promised', () => {
    const promised =
      '/rooms /join /leave /create /invite /topic /pm /users /members /ping /help /quit :quit :ping :pm :users :cr :jr :lr :lrs :lru :rm';
    expect(commandNames()).toEqual(expect.arrayContaining(promised.split(' ')));
  });
});

describe('reading what was entered', () => {
  it('takes plain text as a message, exactly as typed', () => {
    expect(parseEntry('  hello\nthere ')).toEqual({ kind: 'message', text: '  hello\nthere ' });
  });

  it('ignores white space alone', () => {
    expect(parseEntry(' \n ')).toEqual({ kind: 'nothing' });
  });

  it('sends a literal slash after a double one', () => {
    expect(parseEntry('//etc/hosts')).toEqual({ kind: 'message', text: '/etc/hosts' });
  });

  it('leaves colons alone unless a known name follows', () => {
    expect(parseEntry(':) hi')).toEqual({ kind: 'message', text: ':) hi' });
    expect(parseEntry(':usersx')).toEqual({ kind: 'message', text: ':usersx' });
    expect(parseEntry('::users')).toEqual({ kind: 'message', text: ':users' });
    expect(commandOf(':users')).toEqual({ do: 'users' });
  });

  it('reads rooms with or without the sign that they are shown with', () => {
    for (const sign of ['#', '&', '']) {
      expect(commandOf(`/join ${sign}dev`)).toEqual({ do: 'join', room: 'dev', password: undefined });
    }
    expect(commandOf(':jr dev open sesame')).toEqual({ do: 'join', room: 'dev', password: 'open sesame' });
  });

  it('takes a conversation to be joined for one to be opened', () => {
    expect(commandOf('/join @cy')).toEqual({ do: 'pm', nick: 'cy', text: undefined });
  });

  it('reads a topic, that there is to be none, and that it is asked for', () => {
    expect(commandOf('/topic what we do')).toEqual({ do: 'topic', topic: 'what we do' });
    expect(commandOf('/topic -')).toEqual({ do: 'topic', topic: '' });
    expect(commandOf('/topic')).toEqual({ do: 'topic', topic: undefined });
  });

  it('reads who may enter a new room', () => {
    expect(commandOf('/create den private')).toEqual({
      do: 'create',
      room: 'den',
      access: 'invitation',
      title: undefined,
    });
    expect(commandOf('/create den password')).toEqual({
      do: 'create',
      room: 'den',
      access: 'password',
      password: undefined,
    });
    // Never a title, which everybody would read.
    expect(commandOf('/create den password s3 cret')).toEqual({
      do: 'create',
      room: 'den',
      access: 'password',
      password: 's3 cret',
    });
    expect(commandOf(':cr den The open den')).toEqual({
      do: 'create',
      room: 'den',
      access: 'public',
      title: 'The open den',
    });
  });

  it('keeps the lines of a direct message', () => {
    expect(commandOf('/pm @eve: one  two\nthree')).toEqual({ do: 'pm', nick: 'eve', text: 'one  two\nthree' });
    expect(commandOf('/pm eve')).toEqual({ do: 'pm', nick: 'eve', text: undefined });
  });

  it('says to another room without going there', () => {
    expect(commandOf(':rm dev hello all')).toEqual({ do: 'say', room: 'dev', text: 'hello all' });
  });

  it('accepts any case in a command’s name', () => {
    expect(commandOf('/QUIT')).toEqual({ do: 'quit' });
  });

  it('knows who wants to leave by every name of the command, and by no other', () => {
    const quit = COMMANDS.find((spec) => spec.name === '/quit');
    for (const name of [quit?.name ?? '', ...(quit?.aliases ?? [])]) {
      expect([name, name.toUpperCase(), `${name} now`].map(isQuit)).toEqual([true, true, true]);
    }
    expect(['/quit-now', ':exit', '//quit', '::q', 'quit', ''].some(isQuit)).toBe(false);
  });

  it('says in words what is missing', () => {
    expect(parseEntry('/join')).toEqual({ kind: 'problem', words: 'Which room? /join <room>' });
    expect(parseEntry('/join a/b')).toMatchObject({ kind: 'problem' });
    expect(parseEntry('/pm')).toEqual({ kind: 'problem', words: 'Who? /pm <nick> [message]' });
    expect(parseEntry('/nick')).toEqual({ kind: 'problem', words: 'Which nick? /nick <nick>' });
  });

  it('says that a command does not exist and names the nearest', () => {
    expect(parseEntry('/jion dev')).toMatchObject({
      words: 'There is no command /jion. Did you mean /join? // sends a slash.',
    });
    expect(parseEntry('/home/me/notes.txt')).toMatchObject({
      words: expect.not.stringContaining('Did you mean'),
    });
    expect(nearestCommand('/memb')).toBe('/members');
    expect(nearestCommand('/xyzzy')).toBeUndefined();
    expect(nearestCommand('/hepl')).toBe('/help');
  });

  it('takes what comes through a pipe and is no command for what it is, and no colon for the end', () => {
    const text = '/usr/bin/foo: failed';
    expect(parseEntry(text, 'line')).toMatchObject({ kind: 'problem' });
    expect(parseEntry(text, 'pipe')).toEqual({ kind: 'message', text });
    for (const line of [':q', ':quit', ':q!'])
      expect(parseEntry(line, 'pipe')).toEqual({ kind: 'message', text: line });
    expect(parseEntry('/quit', 'pipe')).toMatchObject({ command: { do: 'quit' } });
    expect(parseEntry(':users', 'pipe')).toMatchObject({ command: { do: 'users' } });
    expect(parseEntry('/join', 'pipe')).toMatchObject({ kind: 'problem' });
    expect(parseEntry('//usr/bin', 'pipe')).toEqual({ kind: 'message', text: '/usr/bin' });
    expect(parseEntry('::users', 'pipe')).toEqual({ kind: 'message', text: ':users' });
  });

  it('names none that leaves, and none that has little in common with a short word', () => {
    for (const name of ['/exi', '/quti', '/me', '/ad']) expect(nearestCommand(name)).toBeUndefined();
  });

  it('marks lines that may hold a password', () => {
    expect(parseEntry('/join dev secret')).toMatchObject({ secret: true });
    expect(parseEntry('/rooms')).toMatchObject({ secret: false });
  });
});

describe('completing a word', () => {
  const names = { nicks: ['ada', 'Adam', 'eve'], rooms: ['dev', 'design', 'ops'], joinable: ['den', 'dev', 'ops'] };
  const complete = (text: string, cursor = text.length) => completeWord(text, cursor, names)?.candidates;

  it('completes commands at the start only', () => {
    expect(complete('/me')).toEqual(['/members ']);
    expect(complete(':lr')).toEqual([':lrs ', ':lr ', ':lru ']);
    expect(complete('see /me')).toBeUndefined();
  });

  it('completes what the command takes', () => {
    expect(complete('/join de')).toEqual(['den ', 'dev ']);
    expect(complete(':jr #de')).toEqual(['den ', 'dev ']);
    expect(complete('/say de')).toEqual(['dev ', 'design ']);
    expect(complete('/join #o')).toEqual(['ops ']);
    expect(complete('/pm a')).toEqual(['ada ', 'Adam ']);
    expect(complete('/create x pa')).toEqual(['password ']);
  });

  it('addresses someone at the start, and names them elsewhere', () => {
    expect(complete('ad')).toEqual(['ada: ', 'Adam: ']);
    expect(complete('hi AD')).toEqual(['ada ', 'Adam ']);
    expect(complete('hi @e')).toEqual(['@eve ']);
  });

  it('completes rooms after a hash', () => {
    expect(complete('look in #d')).toEqual(['#dev ', '#design ']);
  });

  it('replaces the word before the cursor only', () => {
    expect(completeWord('hi ad there', 5, names)).toEqual({ start: 3, end: 5, candidates: ['ada ', 'Adam '] });
    const long = `${'w'.repeat(16_000)}\u3000`;
    expect(completeWord(`${long}ad`, long.length + 2, names)?.start).toBe(long.length);
    expect(completeWord(long, long.length, names)).toBeUndefined();
  });

  it('offers nothing for nothing', () => {
    expect(complete('')).toBeUndefined();
    expect(complete('hi ')).toBeUndefined();
  });
});
