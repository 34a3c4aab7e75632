import { expect, test } from 'vitest';
import { isListedOrigin, originAllowed } from './origin.ts';

const policy = { allowedOrigins: ['https://app.example.org'], publicUrl: 'https://chat.example.org/' };

test.each([
  ['no Origin', undefined, 'localhost:8080', true],
  ["the server's own host", 'http://localhost:8080', 'localhost:8080', true],
  ['the own host behind TLS, its default port left out', 'https://chat.local', 'chat.local:443', true],
  ['the public URL, whatever Host says', 'https://chat.example.org', 'core:8080', true],
  ['a listed origin', 'https://app.example.org', 'chat.example.org', true],
  ['another port of the same host', 'http://localhost:9999', 'localhost:8080', false],
  ['another scheme of a listed origin', 'http://app.example.org', 'chat.example.org', false],
  ['a foreign origin', 'https://evil.example', 'chat.example.org', false],
  ['a host that only starts like ours', 'https://chat.example.org.evil.example', 'chat.example.org', false],
  ['an opaque origin', 'null', 'chat.example.org', false],
  ['an extension', 'chrome-extension://abc', 'abc', false],
  ['a foreign origin without a Host', 'https://evil.example', undefined, false],
])('%s', (_, origin, host, allowed) => {
  expect(originAllowed(origin, host, policy)).toBe(allowed);
});

test('only listed origins get to read answers', () => {
  expect(isListedOrigin('https://app.example.org', policy)).toBe(true);
  expect(isListedOrigin('https://chat.example.org', policy)).toBe(false);
});
