import { describe, expect, test } from 'vitest';
import { decodeClientFrame, type Request } from '@parley/protocol';

const CID = '1F7C0A52-6B0E-4C5E-9D6E-0A4F4F3C9C11';

function accept(request: object): Request {
  const decoded = decodeClientFrame(JSON.stringify(request));
  if (decoded.kind !== 'request') throw new Error(JSON.stringify(decoded));
  return decoded.request;
}

/** What `bad_request` says about a request. */
function refuse(request: object): string {
  const decoded = decodeClientFrame(JSON.stringify(request));
  if (decoded.kind !== 'refused') throw new Error(JSON.stringify(decoded));
  return decoded.message;
}

describe('hello', () => {
  const hello = { type: 'hello', version: 1 };

  test('takes a nick, a token, or both', () => {
    expect(accept({ ...hello, nick: 'ada' })).toEqual({ ...hello, nick: 'ada' });
    expect(accept({ ...hello, token: 't' })).toEqual({ ...hello, token: 't' });
    expect(accept({ ...hello, token: 't', nick: 'ada2' })).toEqual({ ...hello, token: 't', nick: 'ada2' });
    expect(refuse(hello)).toContain('a token or a nick');
  });

  test('takes the last seq of each room, 0 included', () => {
    expect(accept({ ...hello, nick: 'ada', resume: { lobby: 41, dev: 0 } })).toMatchObject({ resume: { dev: 0 } });
    for (const seq of [-1, 1.5, '1', null, 2 ** 53]) {
      expect(refuse({ ...hello, nick: 'ada', resume: { lobby: seq } })).toMatch(/resume\.lobby/);
    }
  });

  test('takes the seq of a room that is called __proto__, as any other', () => {
    const frame = '{"type":"hello","version":1,"nick":"ada","resume":{"__proto__":3,"constructor":4}}';
    const decoded = decodeClientFrame(frame);
    if (decoded.kind !== 'request' || decoded.request.type !== 'hello') throw new Error(JSON.stringify(decoded));
    expect(Object.entries(decoded.request.resume ?? {})).toEqual([
      ['__proto__', 3],
      ['constructor', 4],
    ]);
    expect(decodeClientFrame(frame.replace('3', '-3'))).toMatchObject({ kind: 'refused' });
  });

  test('takes resume as an object alone', () => {
    for (const resume of [null, [], [1], 'lobby', 5, true]) {
      expect(refuse({ ...hello, nick: 'ada', resume })).toBe('The resume takes an object of seqs by room.');
    }
  });

  test('takes a thousand rooms to resume at most', () => {
    const resume = (rooms: number) => Object.fromEntries(Array.from({ length: rooms }, (_, index) => [`r${index}`, 1]));
    expect(accept({ ...hello, nick: 'ada', resume: resume(1000) })).toBeDefined();
    expect(refuse({ ...hello, nick: 'ada', resume: resume(1001) })).toContain('more than 1000 rooms');
  });

  test('takes any version, which the server then judges', () => {
    expect(accept({ ...hello, version: 2, nick: 'ada' })).toMatchObject({ version: 2 });
    expect(refuse({ ...hello, version: '1', nick: 'ada' })).toMatch(/^(The )?version\b/);
  });

  test.each(['', 'a b', 'a'.repeat(33), '\u001b[2J', '@7', 5])('refuses the nick %j', (nick) => {
    expect(refuse({ ...hello, nick })).toMatch(/^(The )?nick\b/);
  });

  test('counts 32 characters of a nick after composing it', () => {
    expect(accept({ ...hello, nick: 'e\u0301'.repeat(32) })).toMatchObject({ nick: 'é'.repeat(32) });
    expect(accept({ ...hello, nick: '𠮷'.repeat(32) })).toBeDefined();
  });
});

describe('message.send', () => {
  const send = { type: 'message.send', id: 1, room: 'dev', text: 'hello', cid: CID };

  test('keeps the text exactly and writes the cid in lower case', () => {
    const text = '  e\u0301 \u001b[31m{red-fg}\u202e 🎉\n';
    expect(accept({ ...send, text })).toEqual({ ...send, text, cid: CID.toLowerCase() });
  });

  test.each(['', ' ', '\n\t\u00a0\u3000', 'a\0b', '\ud83c', 5, null])('refuses the text %j', (text) => {
    expect(refuse({ ...send, text })).toMatch(/^(The )?text\b/);
  });

  test('leaves the length to the server, whose limit can be set', () => {
    expect(accept({ ...send, text: 'é'.repeat(5000) })).toBeDefined();
  });

  test.each(['', 'x', '1f7c0a526b0e4c5e9d6e0a4f4f3c9c11', 7, undefined])('refuses the cid %j', (cid) => {
    expect(refuse({ ...send, cid })).toMatch(/^(The )?cid\b/);
  });

  test('replies to an event from 1 on', () => {
    expect(accept({ ...send, replyTo: 1 })).toMatchObject({ replyTo: 1 });
    for (const replyTo of [0, -1, 1.5, '1']) expect(refuse({ ...send, replyTo })).toMatch(/^(The )?replyTo\b/);
  });

  test('composes the name of the room', () => {
    expect(accept({ ...send, room: 'cafe\u0301' })).toMatchObject({ room: 'café' });
  });

  test('names a direct room by @ and its id', () => {
    expect(accept({ ...send, room: '@12' })).toMatchObject({ room: '@12' });
    for (const room of ['@', '@@1', 'a@1', 'a'.repeat(66)]) expect(refuse({ ...send, room })).toMatch(/^(The )?room\b/);
  });

  test('ignores fields that it does not know', () => {
    expect(accept({ ...send, colour: 'red' })).not.toHaveProperty('colour');
  });
});

describe('history', () => {
  const history = { type: 'history', room: 'dev' };

  test('takes before or after, not both', () => {
    expect(accept({ ...history, before: 1 })).toEqual({ ...history, before: 1 });
    expect(accept({ ...history, after: 0, limit: 200 })).toEqual({ ...history, after: 0, limit: 200 });
    expect(refuse({ ...history, before: 5, after: 2 })).toContain('before or after');
  });

  test('clamps nothing', () => {
    for (const limit of [0, -1, 201, 1.5, '50', null]) expect(refuse({ ...history, limit })).toMatch(/^(The )?limit\b/);
    for (const before of [0, -1, 1.5, 2 ** 53]) expect(refuse({ ...history, before })).toMatch(/^(The )?before\b/);
    expect(refuse({ ...history, after: -1 })).toMatch(/^(The )?after\b/);
  });
});

test('a room that is made has a name of its own, at most 64 characters', () => {
  const create = { type: 'room.create', room: 'dev' };
  expect(accept({ ...create, room: 'a'.repeat(64), kind: 'private', password: 'p' })).toMatchObject({ password: 'p' });
  for (const room of ['a'.repeat(65), '@7', '', 'a/b']) expect(refuse({ ...create, room })).toMatch(/^(The )?room\b/);
  expect(refuse({ ...create, kind: 'direct' })).toMatch(/^(The )?kind\b/);
  expect(refuse({ ...create, password: '' })).toMatch(/^(The )?password\b/);
});

test('titles and topics are bounded in bytes', () => {
  const create = { type: 'room.create', room: 'dev' };
  expect(accept({ ...create, title: 'é'.repeat(128) })).toBeDefined();
  expect(refuse({ ...create, title: 'é'.repeat(129) })).toContain('longer than 256 bytes');
  const topic = { type: 'room.topic', room: 'dev' };
  expect(accept({ ...topic, topic: '' })).toMatchObject({ topic: '' });
  expect(refuse({ ...topic, topic: 'x'.repeat(513) })).toContain('longer than 512 bytes');
});

test.each([
  ['token', { type: 'hello', version: 1 }, 4096],
  ['match', { type: 'room.list' }, 256],
])('counts %s in bytes, too', (field, request, maxBytes) => {
  const longest = 'é'.repeat(maxBytes / 2);
  expect(accept({ ...request, [field]: longest })).toEqual({ ...request, [field]: longest });
  expect(refuse({ ...request, [field]: `${longest}x` })).toBe(`The ${field} is longer than ${maxBytes} bytes.`);
});

test('no string of any request holds U+0000 or a lone surrogate', () => {
  const requests = [
    { type: 'hello', version: 1, token: 'a\0' },
    { type: 'room.list', match: '\ud800' },
    { type: 'room.topic', room: 'dev', topic: 'a\0' },
    { type: 'room.join', room: 'dev', password: '\udfff' },
  ];
  for (const request of requests) expect(refuse(request)).toContain('U+0000 or a lone surrogate');
});

test('a refusal does not repeat a bad key of resume', () => {
  for (const key of ['a\0', '\ud800', 'x'.repeat(65)]) {
    const message = refuse({ type: 'hello', version: 1, nick: 'ada', resume: { [key]: -1 } });
    expect(message).toMatch(/^(The )?resume\b/);
  }
});

describe('what is at the edge', () => {
  test('a text of white space alone is none, whoever calls it white space', () => {
    for (const text of ['', ' ', '\n\t', '\u0085', '\u00a0\u2028', '\ufeff']) {
      expect(refuse({ type: 'message.send', room: 'dev', cid: CID, text })).toBe('The text is only white space.');
    }
    expect(accept({ type: 'message.send', room: 'dev', cid: CID, text: '\u0085.' })).toMatchObject({ text: '\u0085.' });
  });

  test('a room has 64 characters at most, a direct one that many after its @', () => {
    expect(accept({ type: 'room.join', room: 'r'.repeat(64) })).toBeDefined();
    expect(accept({ type: 'room.join', room: `@${'1'.repeat(64)}` })).toBeDefined();
    expect(refuse({ type: 'room.join', room: 'r'.repeat(65) })).toContain('1 to 64 letters');
  });

  test('members are asked for after one of them', () => {
    expect(accept({ type: 'room.members', room: 'dev', after: '17' })).toMatchObject({ after: '17' });
    for (const after of ['', 'abc', '-1', '1.5', '1'.repeat(19)]) {
      expect(refuse({ type: 'room.members', room: 'dev', after })).toContain('after');
    }
  });

  test('a room with a password is private', () => {
    const create = { type: 'room.create', room: 'dev', password: 'secret' };
    expect(accept(create)).toMatchObject(create);
    expect(accept({ ...create, kind: 'private' })).toBeDefined();
    expect(refuse({ ...create, kind: 'public' })).toContain('password');
  });
});
