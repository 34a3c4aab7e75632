/** Messages for the property tests of the codecs: right ones, nearly right ones, and what is none at all. */
import * as fc from 'fast-check';
import type { RequestType } from '../src/index.ts';

/** Strings that are hard on whoever reads them. */
const hardString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 70, size: 'max' }),
  fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', 'constructor', '\u001b[2J', '\u202e', 'e\u0301', '😀', '@1'),
);
const hardJson = fc.oneof(
  hardString,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(null, true, -0, 0, 1.5, -1, 2 ** 53, 1e308, [], {}, [[]], { type: 'ping' }),
);

/** A message with some fields replaced, left out or added. */
export const nearly = (message: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  message.chain((right) => {
    const names = [...Object.keys(right), 'id', 'extra', '__proto__'];
    const change = fc.tuple(fc.constantFrom(...names), fc.oneof(fc.constant(undefined), hardJson));
    return fc.array(change, { maxLength: 4 }).map((changes) => {
      const entries = new Map<string, unknown>(Object.entries(right));
      for (const [name, value] of changes) entries.set(name, value);
      return Object.fromEntries(entries);
    });
  });

/** JSON of nearly a message, any JSON, JSON that breaks off, and any text. */
export const anyFrame = (message: fc.Arbitrary<object>): fc.Arbitrary<string> => {
  const json = nearly(message).map((each) => JSON.stringify(each));
  return fc.oneof(
    { weight: 6, arbitrary: json },
    { weight: 1, arbitrary: fc.tuple(json, fc.nat(60)).map(([text, end]) => text.slice(0, end)) },
    { weight: 1, arbitrary: hardJson.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
};

const room = fc.stringMatching(/^@?[A-Za-z0-9._-]{1,64}$/);
const newRoom = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const nick = fc.stringMatching(/^[A-Za-z0-9._-]{1,32}$/);
const freeText = fc.string({ unit: 'grapheme', maxLength: 12, size: 'max' }).filter((each) => !each.includes('\0'));
const text = freeText.map((each) => `x${each}`);
const seq = fc.nat();
const target = fc.integer({ min: 1 });
const limit = fc.integer({ min: 1, max: 200 });

const messageOf = <Fields extends object>(
  type: string,
  required: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
  optional: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<{ type: string }> =>
  fc
    .tuple(fc.record(required), fc.record({ id: fc.nat(), ...optional }, { requiredKeys: [] }))
    .map(([fields, more]) => ({ type, ...fields, ...more }));

/** Of each type of request, any that the server takes as it is. */
const requests: Readonly<Record<RequestType, fc.Arbitrary<{ type: string }>>> = {
  hello: messageOf(
    'hello',
    { version: fc.nat(), nick },
    { token: freeText, resume: fc.dictionary(room, seq, { maxKeys: 5 }) },
  ),
  'room.list': messageOf('room.list', {}, { match: freeText }),
  'room.create': messageOf(
    'room.create',
    { room: newRoom },
    { title: freeText, topic: freeText, kind: fc.constant('private'), password: text },
  ),
  'room.join': messageOf('room.join', { room }, { password: freeText, since: seq }),
  'room.close': messageOf('room.close', { room }),
  'room.leave': messageOf('room.leave', { room }),
  'room.members': messageOf('room.members', { room }, { after: fc.nat().map(String) }),
  'room.topic': messageOf('room.topic', { room, topic: freeText }),
  'room.invite': messageOf('room.invite', { room, nick }),
  'message.send': messageOf('message.send', { room, text, cid: fc.uuid() }, { replyTo: target }),
  'message.edit': messageOf('message.edit', { room, seq: target, text }),
  'message.delete': messageOf('message.delete', { room, seq: target }),
  'message.react': messageOf('message.react', {
    room,
    seq: target,
    emoji: fc.constantFrom('👍🏽', '❤️', ':tea:'),
    on: fc.boolean(),
  }),
  history: messageOf('history', { room }, { before: target, limit }),
  search: messageOf('search', { text }, { room, limit }),
  'direct.open': messageOf('direct.open', { nick }),
  'read.mark': messageOf('read.mark', { room, seq }),
  'user.list': messageOf('user.list', {}),
  typing: messageOf('typing', { room }),
  ping: messageOf('ping', {}),
};
export const request = fc.oneof(...Object.values(requests));
