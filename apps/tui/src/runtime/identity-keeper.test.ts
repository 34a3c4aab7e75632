import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdentityKeeper } from './identity-keeper.ts';

const TOKENS = {
  you: { id: '5', nick: 'ada', guest: false },
  accessToken: 'access',
  refreshToken: 'refresh',
  expiresInSeconds: 900,
};

describe('a password', () => {
  let server: Server;
  let address: string;
  let status: number;
  let code: string | undefined;
  const calls: unknown[] = [];

  beforeEach(async () => {
    status = 200;
    code = undefined;
    calls.length = 0;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url, headers } = request;
        if (url === '/api/auth/login') return response.end(JSON.stringify(TOKENS));
        calls.push([url, headers.authorization, JSON.parse(Buffer.concat(chunks).toString())]);
        const answer = code === undefined ? {} : { error: { code, message: 'In its words.' } };
        return response.writeHead(status).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is changed by who is signed in', async () => {
    const keeper = new IdentityKeeper(address, {});
    await keeper.enter({ as: 'sign-in', nick: 'ada', password: 'old one' });
    await keeper.changePassword('old one', 'a new one');
    const body = { password: 'old one', newPassword: 'a new one' };
    expect(calls).toEqual([['/api/auth/password', 'Bearer access', body]]);
  });

  it('stays as it was where the server refuses, or there is none, or no account', async () => {
    const keeper = new IdentityKeeper(address, {});
    await expect(keeper.changePassword('x', 'y')).rejects.toThrow('A guest has no password.');
    await keeper.enter({ as: 'sign-in', nick: 'ada', password: 'old one' });
    const refusals = [
      [401, 'unauthorized', 'That is not your password.'],
      [429, 'rate_limited', 'Too many tries.'],
      [503, undefined, 'The server answered with HTTP 503.'],
    ] as const;
    for (const [answer, reason, words] of refusals) {
      [status, code] = [answer, reason];
      await expect(keeper.changePassword('wrong', 'a new one')).rejects.toThrow(words);
    }
    server.closeAllConnections();
    server.close();
    await expect(keeper.changePassword('old one', 'a new one')).rejects.toThrow('The server cannot be reached.');
  });
});
