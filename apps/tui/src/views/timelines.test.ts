import { expect, it } from 'vitest';
import { inLobby, message, NOW } from '../../test/acting-client.ts';
import type { Viewport } from '../state/state.ts';
import { dark } from '../themes/dark.ts';
import { Timelines } from './timelines.ts';

it('the pane tells where it is when it was sent to a message, also where it stands as before', () => {
  const told: Viewport[] = [];
  const onViewport = (viewport: Viewport): number => told.push(viewport);
  const timelines = new Timelines(dark, { wall: undefined, now: () => NOW, onViewport, onPortion: () => {} });
  const paint = (): unknown => timelines.rows('lobby', 80, 20);
  timelines.sync(inLobby().chat);
  paint();
  expect(told).toEqual([]);
  timelines.scroll('lobby', { seq: 1 });
  paint();
  paint();
  expect(told).toEqual([{ atBottom: true, below: 0, anchor: undefined }]);
});

it('stays where it was scrolled to for who has another nick now, and shows what names them then', () => {
  const timelines = new Timelines(dark, { wall: undefined, now: () => NOW, onViewport: () => {}, onPortion: () => {} });
  const events = Array.from({ length: 60 }, (_, index) => message(3 + index, index === 20 ? 'eve: hello' : undefined));
  const { chat } = inLobby().act({ type: 'events', events, now: NOW });
  const rows = () => timelines.rows('lobby', 80, 20) ?? [];
  timelines.sync(chat);
  rows();
  timelines.scroll('lobby', { lines: -30 });
  const before = rows();
  timelines.sync({ ...chat, you: { ...chat.you, nick: 'eve' } });
  const after = rows();
  expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
  const named = after.findIndex(({ text }) => text.includes('eve: hello'));
  expect([before[named]?.fill, after[named]?.fill]).toEqual([dark.background, dark.mentionBackground]);
});
