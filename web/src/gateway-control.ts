/**
 * Reads the gateway's control frames. Here and not in the protocol's module of them, whose schemas for the page's own frames
 * would come along into the page and make it a fifth larger.
 */
import type { GatewayControl } from '@parley/protocol';

type GatewayError = Extract<GatewayControl, { type: 'error' }>;

const ERROR_CODES: Readonly<Record<GatewayError['code'], true>> = {
  full: true,
  unavailable: true,
  bad_request: true,
  idle: true,
  replaced: true,
  restarted: true,
};

/** One text frame of the gateway; undefined when it is none of these, such as one of a later version. Never throws. */
export function readGatewayControl(text: string): GatewayControl | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { type, resumed, code, message } = (value ?? {}) as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'attached':
      return typeof resumed === 'boolean' ? { type, resumed } : undefined;
    case 'exit':
    case 'alive':
      return { type };
    case 'error':
      // Nothing depends on a code of a later version, but its words are for the person all the same.
      return typeof message === 'string'
        ? { type, code: isErrorCode(code) ? code : 'bad_request', message }
        : undefined;
    default:
      return undefined;
  }
}

const isErrorCode = (value: unknown): value is GatewayError['code'] =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
