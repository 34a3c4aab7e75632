/**
 * `npm run test:faults`: every fault, often. `--core-kills 50` and its like set a count of counts.ts, `--seed N` repeats a
 * run's randomness, `--sessions N` is how many terminal sessions come and go, `--fuzz-runs N` how many cases each property
 * test tries; anything else names the files to run.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const environment = {
  FAULT_EMBEDDED_KILLS: '20',
  FAULT_SESSIONS: '10000',
  FUZZ_RUNS: '100000',
  ...process.env,
  FAULTS: 'long',
};
const files = [];
const args = process.argv.slice(2).flatMap((each) => (each.startsWith('--') ? each.split('=', 2) : [each]));
while (args.length > 0) {
  const arg = args.shift() ?? '';
  if (!arg.startsWith('--')) {
    files.push(arg);
    continue;
  }
  const number = args.shift() ?? '';
  if (!/^\d+$/.test(number)) {
    console.error(`${arg} takes a whole number.`);
    process.exit(2);
  }
  const name = arg.slice(2).replaceAll('-', '_').toUpperCase();
  // The one count that has a meaning outside this run, too.
  environment[name === 'FUZZ_RUNS' ? name : `FAULT_${name}`] = number;
}

const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'e2e/faults/vitest.config.ts', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: environment,
});
process.exit(status ?? 1);
