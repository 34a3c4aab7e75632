/**
 * One HTTP exchange with a server. Not `fetch`: that takes some 4 ms of CPU a call where many terminals share a process,
 * and the memory of a second HTTP stack. Connections are kept and shared by all clients of the process.
 */
import http from 'node:http';
import https from 'node:https';

export interface HttpCall {
  readonly method: string;
  /** Does no harm when it is made twice. Other calls get a connection of their own, which can't have been closed before. */
  readonly idempotent: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For all of it, waiting for a free connection included. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

const agentOptions = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4 };
const agents = { 'http:': new http.Agent(agentOptions), 'https:': new https.Agent(agentOptions) };
/** What a server says in answer is a page of JSON; a proxy's error page is longer than anyone wants to know. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Rejects when no answer comes in time. An idempotent call that finds its kept connection closed is repeated. Does not
 * follow redirects.
 */
export async function callHttp(url: URL, call: HttpCall): Promise<HttpAnswer> {
  const endsAt = performance.now() + call.timeoutMs;
  for (let time = 0; time < 2; time++) {
    const answer = await exchange(url, call, Math.max(1, endsAt - performance.now()));
    if (answer !== 'stale') return answer;
  }
  throw new Error('The server closes every connection.');
}

function exchange(url: URL, call: HttpCall, timeoutMs: number): Promise<HttpAnswer | 'stale'> {
  const isSecure = url.protocol === 'https:';
  const { method, idempotent, headers, body } = call;
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: idempotent && agents[isSecure ? 'https:' : 'http:'] };
    const request = (isSecure ? https : http).request(url, options, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error('The answer is too long.'));
        else parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
      });
    });
    const timer = setTimeout(() => request.destroy(new Error('The server did not answer in time.')), timeoutMs);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve('stale');
      else reject(error);
    });
    request.end(body);
  });
}
