import { describe, expect, it } from 'vitest';
import { readServerAddress } from './server-addresses.ts';

describe('a server’s address', () => {
  it.each([
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['[::1]:80', 'http://[::1]'],
    ['chat.example.org', 'https://chat.example.org'],
    ['chat.example.org:8080', 'http://chat.example.org:8080'],
    ['wss://chat.example.org/', 'https://chat.example.org'],
    ['https://example.org/parley/', 'https://example.org/parley'],
  ])('is read from %s', (typed, address) => {
    expect(readServerAddress(typed)).toBe(address);
  });

  it.each(['', 'a b', 'http://', ':::', 'ftp://chat.example.org', 'ssh+x://127.0.0.1:22'])('is not “%s”', (typed) => {
    expect(readServerAddress(typed)).toBeUndefined();
  });
});
