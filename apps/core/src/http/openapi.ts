/** The OpenAPI 3.1 document, made from the routes themselves. */
import { type ErrorCode, errorBodySchema, httpStatusOf } from '@parley/protocol';
import { z } from 'zod';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

/** The document for these routes. `serverUrl` is where they are, when that is known. */
export function describeApi(routes: readonly Route[], about: { version: string; serverUrl: string | undefined }): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: about.version,
      description: 'The HTTP side of a Parley chat server. The WebSocket side is in docs/protocol.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: about.serverUrl ?? '/' }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Error: schemaOf(errorBodySchema) },
    },
  };
}

function operation(route: Route): Json {
  const { access, body, answer } = route;
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
      name,
      in: 'header',
      description,
      schema: { type: 'string' },
    })),
  ];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(access === 'anyone' ? {} : { security: access === 'user' ? [{ bearer: [] }] : [{}, { bearer: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: !body.safeParse(undefined).success, content: jsonContent(body) } }),
    responses: {
      200: {
        description: 'Success',
        content:
          answer instanceof z.ZodType
            ? jsonContent(answer)
            : { [answer.contentType]: { schema: { type: 'string', description: answer.description } } },
      },
      ...Object.fromEntries(
        Object.entries(route.otherAnswers ?? {}).map(([status, schema]) => [
          status,
          { description: 'The same, of another status', content: jsonContent(schema) },
        ]),
      ),
      ...refusals(route),
    },
  };
}

/** Every refusal a route can answer, by status: its own and those that its access and shape bring. */
function refusals(route: Route): Json {
  const codes = new Set<ErrorCode>(route.refusals);
  if (route.path.startsWith('/api/') && route.otherAnswers === undefined) codes.add('unavailable');
  if (route.params !== undefined || route.query !== undefined || route.body !== undefined) codes.add('bad_request');
  if (route.body !== undefined) codes.add('too_long');
  if (route.access !== 'anyone') codes.add('unauthorized');
  if (route.method !== 'get') codes.add('forbidden');
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const status = httpStatusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [status, { description: of.map((code) => `\`${code}\``).join(', '), content }]),
  );
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema);
  return Object.entries(properties as Record<string, Json>).map(([name, property]) => ({
    name,
    in: place,
    required: (required as string[]).includes(name),
    schema: property,
  }));
}

const jsonContent = (schema: z.ZodType): Json => ({ 'application/json': { schema: schemaOf(schema) } });

/** What a schema takes, as JSON Schema 2020-12, which is OpenAPI 3.1's dialect. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** `postAuthLogin` of `POST /api/auth/login`. */
function operationId({ method, path }: Route): string {
  const words = path
    .replace(/^\/api/, '')
    .split(/[^A-Za-z]+/)
    .filter((word) => word !== '' && word !== 'json');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
