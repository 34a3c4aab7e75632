import type { GatewayControl } from '@parley/protocol';
import { expect, it } from 'vitest';
import { readGatewayControl } from './gateway-control.ts';

it.each<GatewayControl>([
  { type: 'attached', resumed: true },
  { type: 'attached', resumed: false },
  { type: 'exit' },
  { type: 'alive' },
  { type: 'error', code: 'full', message: 'No place.' },
  { type: 'error', code: 'restarted', message: 'Started anew.' },
])('reads %j', (control) => {
  expect(readGatewayControl(JSON.stringify(control))).toEqual(control);
});

it('leaves out what a later version says beside it', () => {
  expect(readGatewayControl('{"type":"attached","resumed":true,"since":7}')).toEqual({
    type: 'attached',
    resumed: true,
  });
});

it.each(['later', 7, undefined, 'toString'])('keeps the words of an error whose code is %j', (code) => {
  const read = readGatewayControl(JSON.stringify({ type: 'error', code, message: 'words' }));
  expect(read).toEqual({ type: 'error', code: 'bad_request', message: 'words' });
});

it.each([
  '',
  '{',
  'null',
  '7',
  '"exit"',
  '[]',
  '{}',
  '{"type":"later"}',
  '{"type":"attached"}',
  '{"type":"attached","resumed":1}',
  '{"type":"error","code":"full"}',
])('reads nothing from %j', (text) => {
  expect(readGatewayControl(text)).toBeUndefined();
});
