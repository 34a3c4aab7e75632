import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failOnLeaks } from '@parley/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuthApi } from '../src/index.ts';

failOnLeaks();

interface Seen {
  url: string | undefined;
  body: unknown;
  authorization: string | undefined;
}

let server: Server;
let api: AuthApi;
let seen: Seen[];
let answer: { status: number; body: string };

beforeEach(async () => {
  seen = [];
  answer = { status: 200, body: '{"you":{"id":"7","nick":"ada","guest":false},"accessToken":"a"}' };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url, headers } = request;
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      seen.push({ url, body, authorization: headers.authorization });
      response.writeHead(answer.status, { connection: 'close' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = new AuthApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('posts under the server’s path and answers the tokens', async () => {
  expect(await api.login('ada', 'correct horse')).toMatchObject({ you: { nick: 'ada' }, accessToken: 'a' });
  const body = { nick: 'ada', password: 'correct horse' };
  expect(seen).toEqual([{ url: '/chat/api/auth/login', body, authorization: undefined }]);
});

test('signs out with the token, also when the answer is empty', async () => {
  answer = { status: 204, body: '' };
  await api.logout('the-token');
  expect(seen[0]).toMatchObject({ url: '/chat/api/auth/logout', authorization: 'Bearer the-token' });
});

test('rejects with the code, words and time of the server', async () => {
  const error = { code: 'rate_limited', message: 'Five a minute.', retryAfterMs: 9000 };
  answer = { status: 429, body: JSON.stringify({ error }) };
  await expect(api.register('ada', 'correct horse')).rejects.toMatchObject(error);
});

test.each([
  [400, {}, 'bad_request'],
  [409, { retryAfterMs: 500 }, 'unavailable'],
  [429, {}, 'unavailable'],
  [503, {}, 'unavailable'],
])('keeps the words of an error with a code of a later version: HTTP %d %j is %s', async (status, more, code) => {
  answer = { status, body: JSON.stringify({ error: { code: 'toString', message: 'words', ...more } }) };
  await expect(api.guest('ada')).rejects.toMatchObject({ name: 'ChatError', code, message: 'words', ...more });
});

test('rejects with unavailable when something else answers, or nothing', async () => {
  answer = { status: 502, body: '<html>Bad gateway</html>' };
  await expect(api.guest('ada')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('502') as string,
  });
  server.closeAllConnections();
  server.close();
  await expect(api.refresh('r')).rejects.toMatchObject({ code: 'unavailable' });
});
