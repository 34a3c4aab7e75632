/** The process that holds thousands of idle connections, so that the server's memory is measured alone. */
import type { Crowd } from '../idle/crowd.ts';
import { openParleyCrowd } from '../idle/parley-members.ts';
import { openIrcCrowd, openWsCrowd } from '../idle/peer-crowds.ts';

export type CrowdKind = 'parley' | 'ngircd' | 'ws';

const openers = { parley: openParleyCrowd, ngircd: openIrcCrowd, ws: openWsCrowd };

let crowd: Crowd | undefined;
const problems: string[] = [];
let problemCount = 0;

export const role = {
  async open({ kind, port, rooms }: { kind: CrowdKind; port: number; rooms: number }) {
    const fail = (problem: string): void => {
      problemCount += 1;
      if (problems.length < 5) problems.push(problem);
    };
    crowd = await openers[kind]({ port, rooms, fail });
  },

  add: ({ count }: { count: number }) => theCrowd().add(count),

  /** Undefined where nobody can speak. */
  everyoneHears: ({ timeoutMs }: { timeoutMs: number }) => theCrowd().everyoneHears?.(timeoutMs),

  storm: ({ timeoutMs }: { timeoutMs: number }) => theCrowd().storm(timeoutMs),

  verdict: () => ({ problemCount, problems }),
};

function theCrowd(): Crowd {
  if (crowd === undefined) throw new Error('Open the crowd first.');
  return crowd;
}
