import { expect, test } from 'vitest';
import { addressKey, clientAddress } from './client-address.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  }) as Parameters<typeof clientAddress>[0];

test('without trusted proxies the socket speaks, whatever the header claims', () => {
  expect(clientAddress(from('203.0.113.9', '10.0.0.1'), 0)).toBe('203.0.113.9');
});

test('behind one proxy the last entry counts, not what the client put before it', () => {
  expect(clientAddress(from('10.0.0.1', '1.1.1.1, 203.0.113.9'), 1)).toBe('203.0.113.9');
});

test('behind two proxies the second entry from the right counts', () => {
  expect(clientAddress(from('10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2'), 2)).toBe('203.0.113.9');
});

test('fewer entries than proxies gives the first one', () => {
  expect(clientAddress(from('10.0.0.1', '203.0.113.9'), 3)).toBe('203.0.113.9');
});

test('an entry that is no address gives the socket', () => {
  expect(clientAddress(from('10.0.0.1', 'unknown'), 1)).toBe('10.0.0.1');
  expect(clientAddress(from('10.0.0.1'), 1)).toBe('10.0.0.1');
});

test('ports, brackets, zones and the IPv4-in-IPv6 prefix fall away', () => {
  expect(clientAddress(from('::ffff:203.0.113.9'), 0)).toBe('203.0.113.9');
  expect(clientAddress(from('10.0.0.1', '203.0.113.9:4711'), 1)).toBe('203.0.113.9');
  expect(clientAddress(from('10.0.0.1', '[2001:db8::1]:4711'), 1)).toBe('2001:db8::1');
  expect(clientAddress(from('fe80::1%eth0'), 0)).toBe('fe80::1');
});

test('IPv6 addresses of one /64 count as one', () => {
  expect(addressKey('2001:db8:0:7::1')).toBe(addressKey('2001:0db8:0000:0007:ffff:1:2:3'));
  expect(addressKey('2001:db8:0:7::1')).not.toBe(addressKey('2001:db8:0:8::1'));
  expect(addressKey('::1')).toBe('0:0:0:0');
  expect(addressKey('203.0.113.9')).toBe('203.0.113.9');
});
