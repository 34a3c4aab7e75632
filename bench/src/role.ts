/** The entry of a role's process: loads the role that is named and answers its calls. */
import type { Role, RoleAnswer, RoleCall } from './processes/role-process.ts';

const roles: Readonly<Record<string, () => Promise<{ role: Role }>>> = {
  'room-load': () => import('./roles/room-load.ts'),
  'ingest-load': () => import('./roles/ingest-load.ts'),
  'insert-load': () => import('./roles/insert-load.ts'),
  'history-load': () => import('./roles/history-load.ts'),
  'idle-load': () => import('./roles/idle-load.ts'),
  'terminal-load': () => import('./roles/terminal-load.ts'),
  'terminal-bridge': () => import('./roles/terminal-bridge.ts'),
  'ws-broadcast': () => import('./roles/ws-broadcast.ts'),
  'socketio-broadcast': () => import('./roles/socketio-broadcast.ts'),
};

const load = roles[process.argv[2] ?? ''];
if (load === undefined) throw new Error(`There is no role called ${process.argv[2]}.`);
const { role } = await load();

process.on('disconnect', () => process.exit(0));
// A load generator gets no signal of the terminal's: the bench ends it.
process.on('SIGINT', () => {});
process.on('message', (message) => {
  const { id, name, argument } = message as RoleCall;
  const answer = (result: RoleAnswer): void => void process.send?.(result);
  const run = role[name] as ((argument: unknown) => unknown) | undefined;
  if (run === undefined) {
    answer({ id, error: `The role has no ${name}.` });
    return;
  }
  Promise.resolve(argument)
    .then(run)
    .then(
      (value) => answer({ id, value }),
      (error: unknown) =>
        answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
