import { expect, it } from 'vitest';
import { inLobby, NOW } from '../../test/acting-client.ts';
import type { Viewport } from '../state/state.ts';
import { dark } from '../themes/dark.ts';
import { Timelines } from './timelines.ts';

it('the pane tells where it is when it was sent to a message, also where it stands as before', () => {
  const told: Viewport[] = [];
  const onViewport = (viewport: Viewport): number => told.push(viewport);
  const timelines = new Timelines(dark, { wall: undefined, now: () => NOW, onViewport });
  const paint = (): unknown => timelines.rows('lobby', 80, 20);
  timelines.sync(inLobby().chat);
  paint();
  expect(told).toEqual([]);
  timelines.scroll('lobby', { seq: 1 });
  paint();
  paint();
  expect(told).toEqual([{ atBottom: true, below: 0, anchor: undefined }]);
});
