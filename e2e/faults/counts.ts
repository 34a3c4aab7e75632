/**
 * How often each fault comes and how large the crowds are: few in `npm test`, many in `npm run test:faults`, any number by
 * name: `coreKills` is `--core-kills 50` there, or FAULT_CORE_KILLS in the environment.
 */

const COUNTS = {
  coreKills: [3, 20],
  embeddedKills: [3, 20],
  postgresKills: [4, 20],
  redisRestarts: [1, 5],
  redisPauses: [1, 3],
  redisPauseMs: [2500, 10_000],
  replicaKills: [2, 20],
  tornSockets: [40, 2000],
  clockJumps: [4, 20],
  fullDisks: [2, 20],
  readers: [200, 1000],
  deafReaders: [20, 100],
  crowdMessages: [300, 3000],
  slowReaders: [10, 40],
  slowMessages: [8000, 30_000],
} as const satisfies Record<string, readonly [short: number, long: number]>;

export const isLongRun = process.env.FAULTS === 'long';

/** Counts of other tests, and what the harness itself sets. */
const OTHERS = ['FAULT_SEED', 'FAULT_SESSIONS'];
const variableOf = (name: string): string =>
  `FAULT_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
const known = [...Object.keys(COUNTS).map(variableOf), ...OTHERS];
const unknown = Object.keys(process.env).filter((name) => name.startsWith('FAULT_') && !known.includes(name));
if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}; there are ${known.join(', ')}.`);

/** The count of this name for this run. */
export function count(name: keyof typeof COUNTS): number {
  const [short, long] = COUNTS[name];
  return fromEnvironment(name) ?? (isLongRun ? long : short);
}

/** FAULT_SEED, or one of this run's own. */
export const seed: number = fromEnvironment('seed') ?? Math.floor(Math.random() * 1_000_000);

/** For a test that repeats its fault: what a repetition may take on a machine that is busy with other things. */
export const timeoutFor = (repetitions: number): number => 120_000 + repetitions * 20_000;

function fromEnvironment(name: string): number | undefined {
  const variable = variableOf(name);
  const value = process.env[variable] ?? '';
  if (value === '') return undefined;
  if (!/^\d+$/.test(value)) throw new Error(`${variable} is ${value}, and should be a whole number.`);
  return Number(value);
}
