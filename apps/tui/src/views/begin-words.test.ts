import { expect, it } from 'vitest';
import { room } from '../../test/acting-client.ts';
import { beginWords } from './begin-words.ts';

it('who can read a conversation: two, or the one who talks to themselves', () => {
  const direct = room('@7', { kind: 'direct', with: { id: '7', nick: 'bob' } });
  expect(beginWords('@7', direct, '1')).toBe('This is the beginning of @bob. Only the two of you can read it.');
  expect(beginWords('@7', direct, '7')).toBe('This is the beginning of @bob. Only you can read it.');
});

it('who can read a room: anyone, or its members', () => {
  expect(beginWords('dev', room('dev'), '1')).toBe('This is the beginning of #dev. Anyone may join and read it.');
  expect(beginWords('den', room('den', { kind: 'private' }), '1')).toContain('Only its members can read it');
});
