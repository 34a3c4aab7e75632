/**
 * One route of the HTTP API as data: what it takes, who may call it, what it answers. The router and the OpenAPI
 * document are both made from this, so neither can know a route that the other does not.
 */
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { ChatError, describeIssue, type ErrorCode } from '@parley/protocol';
import { z } from 'zod';
import type { Principal } from '../auth/accounts.ts';

/**
 * Who may call a route. `anyone`: tokens are not looked at; `reader`: anyone while PUBLIC_READ is on, else whoever has a
 * token; `user`: whoever has one.
 */
export type Access = 'anyone' | 'reader' | 'user';

type Schema = z.ZodType | undefined;
type Parsed<Shape extends Schema> = Shape extends z.ZodType ? z.output<Shape> : undefined;

/** A call of a route, its parts parsed. */
interface Call<Who extends Access, Params extends Schema, Query extends Schema, Body extends Schema> {
  readonly params: Parsed<Params>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
  readonly viewer: { anyone: undefined; reader: Principal | undefined; user: Principal }[Who];
  /** What limits go by: the address, for IPv6 its /64. */
  readonly address: string;
  readonly request: ExpressRequest;
  readonly response: ExpressResponse;
}

export interface RouteSpec<Who extends Access, Params extends Schema, Query extends Schema, Body extends Schema> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** As OpenAPI writes it: `/api/rooms/{room}/messages`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Who;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** The body of a success: a schema for JSON, or the media type of what the handler writes itself. */
  readonly answer: z.ZodType | { readonly contentType: string; readonly description: string };
  /** JSON bodies of other statuses that are no refusals. */
  readonly otherAnswers?: Readonly<Record<number, z.ZodType>>;
  /** The refusals that are this route's own; the general ones are added by access and shape. */
  readonly refusals?: readonly ErrorCode[];
  /** Headers it reads, for the document. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Returns the body, or undefined when it has written to the response itself. */
  readonly handle: (call: Call<Who, Params, Query, Body>) => Promise<unknown>;
}

/** What a request brings before its parts are parsed. */
interface RouteContext {
  readonly viewer: Principal | undefined;
  readonly address: string;
  readonly request: ExpressRequest;
  readonly response: ExpressResponse;
}

/** A route whose types are forgotten, so that a list can hold it; parsing is in `run`. */
export interface Route extends Omit<RouteSpec<Access, Schema, Schema, Schema>, 'handle'> {
  readonly run: (context: RouteContext) => Promise<unknown>;
}

/** Makes a route of its description: who calls is settled and every part parsed before the handler runs. */
export function defineRoute<
  Who extends Access,
  Params extends Schema = undefined,
  Query extends Schema = undefined,
  Body extends Schema = undefined,
>(spec: RouteSpec<Who, Params, Query, Body>): Route {
  const { handle, ...description } = spec;
  return {
    ...description,
    run: (context) =>
      handle({
        ...context,
        viewer: viewerFor(spec.access, context.viewer),
        params: parse(spec.params, context.request.params),
        query: parse(spec.query, context.request.query),
        body: parse(spec.body, context.request.body),
      }),
  };
}

/** The answer of what has nothing to tell but that it is done. */
export const emptyAnswer = z.object({}).describe('an empty object');

export const tokenNeeded = (): ChatError => new ChatError('unauthorized', 'This takes a bearer token.');

function viewerFor<Who extends Access>(
  access: Who,
  viewer: Principal | undefined,
): Call<Who, Schema, Schema, Schema>['viewer'];
function viewerFor(access: Access, viewer: Principal | undefined): Principal | undefined {
  if (access === 'user' && viewer === undefined) throw tokenNeeded();
  return access === 'anyone' ? undefined : viewer;
}

function parse<Shape extends Schema>(schema: Shape | undefined, value: unknown): Parsed<Shape>;
function parse(schema: Schema, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ChatError('bad_request', describeIssue(parsed.error.issues));
}
