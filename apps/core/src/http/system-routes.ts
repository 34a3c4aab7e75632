/** What operators and programs ask about the server itself: health, metrics, the API's description. */
import { healthResponseSchema } from '@parley/protocol';
import { z } from 'zod';
import type { Metrics } from '../metrics.ts';
import type { Health } from './health.ts';
import { defineRoute, type Route } from './route.ts';

export function systemRoutes(parts: {
  health: Health;
  metrics: Metrics;
  version: string;
  /** Made on demand, because it lists the routes that this makes. */
  document: () => unknown;
}): Route[] {
  const { health, metrics, version, document } = parts;
  return [
    defineRoute({
      method: 'get',
      path: '/api/health',
      summary: 'Whether the server and its database answer: 200, else 503',
      access: 'anyone',
      answer: healthResponseSchema,
      otherAnswers: { 503: healthResponseSchema },
      handle: async ({ response }) => {
        const healthy = await health.check();
        response.status(healthy ? 200 : 503);
        return { status: healthy ? 'ok' : 'unavailable', version };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      summary: "The server's figures for Prometheus",
      access: 'anyone',
      answer: { contentType: 'text/plain', description: 'the exposition format' },
      handle: async ({ response }) => {
        const { contentType, text } = await metrics.expose();
        response.set('Content-Type', contentType).end(text);
        return undefined;
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/openapi.json',
      summary: 'This document',
      access: 'anyone',
      answer: z.record(z.string(), z.unknown()).describe('OpenAPI 3.1'),
      handle: async () => document(),
    }),
  ];
}
