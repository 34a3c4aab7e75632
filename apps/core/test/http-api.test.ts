import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from '@parley/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { storeOfFile } from './store-of-file.ts';
import { type CallOptions, startTestApi, type TestApi } from './start-test-api.ts';

const opened = storeOfFile();
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi(opened.store, {
    allowedOrigins: ['https://app.example.org'],
    publicUrl: new URL('https://chat.example.org/'),
  });
});
afterAll(() => api.close());

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.stringMatching(/\S/) } },
});

describe('GET /api/health', () => {
  test('is 200 while the database answers', async () => {
    expect(await api.get('/api/health')).toMatchObject({ status: 200, body: { status: 'ok', version: '1.2.3' } });
  });

  test('is 503 while it does not', async () => {
    const ping = () => Promise.reject(new Error('away'));
    const away = await startTestApi({ ...opened.store, ping });
    expect(await away.get('/api/health')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
    await away.close();
  });
});

describe('bad requests', () => {
  test.each([
    ['broken JSON', '{"nick":'],
    ['a bare string', '"hello"'],
    ['no JSON at all', 'nick=ada'],
    ['a prototype for a body', '{"__proto__":{"nick":"ada"}}'],
  ])('%s is refused', async (_, body) => {
    expect(await api.post('/api/auth/guest', body)).toMatchObject(refusal(400, 'bad_request'));
  });

  test('a body of another type is not read', async () => {
    const headers = { 'content-type': 'text/plain' };
    const body = '{"nick":"ada"}';
    expect(await api.post('/api/auth/guest', body, { headers })).toMatchObject(refusal(400, 'bad_request'));
  });

  test('a body beyond 64 KiB is refused, also on a path that is not there', async () => {
    const body = { nick: 'x'.repeat(65_536) };
    expect(await api.post('/api/auth/guest', body)).toMatchObject(refusal(413, 'too_long'));
    expect(await api.post('/api/nothing', body)).toMatchObject(refusal(413, 'too_long'));
  });

  test('a path that is not well formed is refused', async () => {
    const path = '/api/rooms/%E0%A4%A/messages';
    expect(await api.post(path, { text: 'x' })).toMatchObject(refusal(400, 'bad_request'));
  });

  test.each([
    ['GET', '/api'],
    ['GET', '/api/'],
    ['GET', '/api/nothing'],
    ['GET', '/api/auth/login'],
    ['DELETE', '/api/rooms'],
    ['PATCH', '/api/rooms/lobby/messages'],
    ['GET', '/api/HEALTH'],
    ['GET', '/api/health/'],
  ])('%s %s is not found, in JSON', async (method, path) => {
    expect(await api.call(method, path)).toMatchObject(refusal(404, 'not_found'));
  });

  test('what is not of the API falls through', async () => {
    expect(await api.get('/')).toMatchObject({ status: 200, body: 'the page' });
    expect(await api.get('/apiary')).toMatchObject({ status: 200, body: 'the page' });
    expect(await api.get('/metrics/')).toMatchObject({ status: 200, body: 'the page' });
  });

  test('a database that is away is a 503 that says when to come back', async () => {
    const away = await startTestApi(opened.store, {}, 'silent');
    away.chat.listRooms = () => Promise.reject(new StoreUnavailable('connect ECONNREFUSED 10.0.0.5:5432'));
    const answer = await away.get('/api/rooms');
    expect(answer).toMatchObject(refusal(503, 'unavailable'));
    expect(answer.body.error.retryAfterMs).toBe(1000);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(answer.body)).not.toContain('10.0.0.5');
    await away.close();
  });

  test('a bug is a 500 without details', async () => {
    const broken = await startTestApi(opened.store, {}, 'silent');
    broken.chat.listRooms = () => Promise.reject(new Error('select * from secrets'));
    const answer = await broken.get('/api/rooms');
    expect(answer).toMatchObject(refusal(500, 'unavailable'));
    expect(JSON.stringify(answer.body)).not.toContain('secrets');
    await broken.close();
  });
});

describe('other origins', () => {
  const from = (origin: string): CallOptions => ({ headers: { origin } });

  test('a listed one may read and act', async () => {
    const { status, headers } = await api.get('/api/rooms', from('https://app.example.org'));
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example.org']);
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const nick = `o-${randomUUID().slice(0, 8)}`;
    expect(await api.post('/api/auth/guest', { nick }, from('https://app.example.org'))).toMatchObject({ status: 200 });
  });

  test('a listed one may ask beforehand', async () => {
    const { status, headers } = await api.call('OPTIONS', '/api/auth/login', {
      headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(headers.get('access-control-allow-methods')).toContain('PUT');
  });

  test.each(['https://evil.example', 'null', 'http://app.example.org'])(
    '%s may neither read nor act',
    async (origin) => {
      const { headers } = await api.get('/api/rooms', from(origin));
      expect(headers.get('access-control-allow-origin')).toBeNull();
      const body = { nick: 'ada', password: 'correct horse' };
      for (const route of ['login', 'register', 'guest', 'logout', 'refresh', 'password']) {
        expect(await api.post(`/api/auth/${route}`, body, from(origin))).toMatchObject(refusal(403, 'forbidden'));
      }
      expect((await api.call('OPTIONS', '/api/auth/login', from(origin))).status).toBe(403);
    },
  );

  test("the server's own acts freely", async () => {
    for (const origin of [api.url, 'https://chat.example.org']) {
      expect(await api.post('/api/auth/login', {}, from(origin))).toMatchObject({ status: 400 });
    }
  });
});

test('answers can neither run, be framed nor be sniffed', async () => {
  for (const path of ['/api/health', '/api/nothing', '/metrics']) {
    const { headers } = await api.get(path);
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
  }
});

test('GET /metrics counts, and names nobody', async () => {
  const nick = `m-${randomUUID().slice(0, 8)}`;
  const { token } = (await api.post('/api/auth/guest', { nick })).body;
  await api.post('/api/rooms/lobby/messages', { text: 'counted' }, { token });
  await api.post('/api/auth/login', { nick, password: 'wrong horse' });
  const { status, headers, body } = await api.get('/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(body).toMatch(/^parley_events_committed_total [1-9]/m);
  expect(body).toMatch(/^parley_commit_batch_events_bucket\{le="1"\} [1-9]/m);
  expect(body).toMatch(/^parley_commit_seconds_count [1-9]/m);
  expect(body).toMatch(/^parley_sign_ins_total\{outcome="refused"\} [1-9]/m);
  for (const name of ['connections', 'event_streams', 'slow_readers', 'deliveries_total']) {
    expect(body).toMatch(new RegExp(`^parley_${name} \\d`, 'm'));
  }
  expect(body).toMatch(/^process_resident_memory_bytes /m);
  expect(/^process_open_fds [1-9]\d*$/m.test(body)).toBe(process.platform === 'linux');
  expect(body).not.toContain('nodejs_active_');
  expect(body).not.toContain(nick);
  const labels = [...body.matchAll(/^parley_\w+\{(\w+)=/gm)].map(([, label]) => label);
  expect(new Set(labels)).toEqual(new Set(['le', 'outcome']));
});

describe('GET /api/openapi.json', () => {
  type Content = Record<string, { schema: Record<string, unknown> }>;
  interface Operation {
    operationId: string;
    summary: string;
    security?: Record<string, unknown>[];
    parameters?: { name: string; in: string; required?: boolean; schema: Record<string, unknown> }[];
    requestBody?: { required: boolean; content: Content };
    responses: Record<string, { description: string; content: Content }>;
  }
  interface Document {
    openapi: string;
    info: { title: string; version: string };
    servers: { url: string }[];
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Record<string, unknown>> };
  }
  const load = async (): Promise<Document> => (await api.get('/api/openapi.json')).body;
  const operationsOf = (document: Document) =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );

  test('is OpenAPI 3.1 that says where the server is', async () => {
    const document = await load();
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Parley', version: '1.2.3' },
      servers: [{ url: 'https://chat.example.org/' }],
    });
    const ids = operationsOf(document).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('declares every parameter of a path, and only schemas that can be used', async () => {
    const document = await load();
    for (const { path, operation } of operationsOf(document)) {
      const { parameters = [], requestBody, responses } = operation;
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      for (const parameter of inPath) expect(parameter.required).toBe(true);
      expect(responses['200']).toBeDefined();
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      for (const content of contents) {
        for (const { schema } of Object.values(content ?? {})) expect(() => toZod(schema, document)).not.toThrow();
      }
    }
  });

  test('lists exactly the routes that the router has', async () => {
    const listed = operationsOf(await load()).map(({ path, method }) => `${method} ${path}`);
    const served = api.api.router.stack.flatMap(({ route }) => {
      if (route === undefined) return [];
      const { path, methods } = route as unknown as { path: string; methods: Record<string, boolean> };
      return Object.keys(methods).map((method) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    expect(listed.toSorted()).toEqual(served.toSorted());
  });

  test('every route answers as it is documented, with a token, without one, and to nonsense', async () => {
    const document = await load();
    const key = 'c'.repeat(64);
    const nick = () => `doc-${randomUUID().slice(0, 8)}`;
    const password = 'correct horse';
    const account = await api.accounts.register({ nick: nick(), password }, 'test');
    const { token } = await api.accounts.guest(nick());
    const bodies: Record<string, unknown> = {
      '/api/auth/register': { nick: nick(), password },
      '/api/auth/login': { nick: account.you.nick, password },
      '/api/auth/guest': { nick: nick() },
      '/api/auth/refresh': { refreshToken: account.refreshToken },
      '/api/auth/logout': { refreshToken: (await api.accounts.register({ nick: nick(), password }, 't')).refreshToken },
      '/api/auth/password': { password, newPassword: 'battery staple' },
      '/api/rooms/{room}/messages': { text: 'documented' },
      '/api/terminal-sessions/{key}': { draft: 'documented' },
      '/api/browser-cookies/{hash}/show': {},
      '/api/browser-cookies/{hash}/next': { next: 'd'.repeat(64) },
    };
    const bearers: Record<string, string> = {
      '/api/auth/password': account.accessToken,
      '/api/auth/logout': (await api.accounts.guest(nick())).token,
    };
    const successes: string[] = [];
    const operations = operationsOf(document).toSorted((a, b) => order(a.method) - order(b.method));
    for (const { path, method, operation } of operations) {
      const real = path.replace('{room}', 'lobby').replace('{key}', key).replace('{hash}', key);
      const bearer = bearers[path] ?? token;
      const body = method === 'get' || method === 'delete' ? undefined : bodies[path];
      const calls: CallOptions[] = [{ body, token: bearer }, { body }, { token: 'nonsense' }, { token: bearer }];
      for (const call of calls) {
        const seen = await callOnce(method, real, call);
        const documented = operation.responses[seen.status];
        expect(documented, `${method} ${path} answered ${seen.status} ${seen.text}`).toBeDefined();
        const content = documented?.content[seen.mediaType];
        expect(content, `${method} ${path} answered ${seen.mediaType}`).toBeDefined();
        if (seen.mediaType === 'application/json') toZod(content?.schema ?? {}, document).parse(JSON.parse(seen.text));
        if (seen.status === 200) successes.push(`${method} ${path}`);
      }
    }
    expect([...new Set(successes)].toSorted()).toEqual(
      operationsOf(document)
        .map(({ path, method }) => `${method} ${path}`)
        .toSorted(),
    );
  });

  /** What is put must be there to be got, and got before it is deleted. */
  const order = (method: string): number => ['put', 'post', 'get', 'delete'].indexOf(method);

  /** One call; of a stream, its beginning. */
  async function callOnce(method: string, path: string, { body, token }: CallOptions) {
    const aborter = new AbortController();
    const response = await fetch(api.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: aborter.signal,
    });
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    const text = mediaType === 'text/event-stream' ? '' : await response.text();
    aborter.abort();
    return { status: response.status, mediaType, text };
  }

  /** A schema of the document, its references to the document's own resolved, as something that can judge a value. */
  function toZod(schema: Record<string, unknown>, document: Document): z.ZodType {
    const name = /"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(schema['$ref']) ?? '')?.[1];
    const resolved = name === undefined ? schema : document.components.schemas[name];
    if (resolved === undefined) throw new Error(`The document has no schema ${name}.`);
    return z.fromJSONSchema(resolved);
  }
});
