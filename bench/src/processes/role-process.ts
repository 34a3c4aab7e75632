/**
 * A role of the bench (a load generator, a peer's server) in a process of its own, called by IPC: one call, one answer.
 * The role ends with the bench, because its channel does.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithBench } from './program.ts';

/** A role is an object of functions; their arguments and results must survive structured cloning. */
export type Role = Readonly<Record<string, (argument: never) => unknown>>;

export interface RoleCall {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type RoleAnswer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

type Calls<Served extends Role> = {
  [Name in keyof Served]: (...argument: Parameters<Served[Name]>) => Promise<Awaited<ReturnType<Served[Name]>>>;
};

export class RoleProcess<Served extends Role> {
  readonly pid: number;
  /** `role.call.run({…})` runs the role's function in its process. */
  readonly call: Calls<Served>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;

  constructor(role: string, nodeArguments: readonly string[] = []) {
    // Beside this bundle: see run.mjs.
    this.#child = fork(fileURLToPath(new URL('./role.mjs', import.meta.url)), [role], {
      execArgv: [...nodeArguments],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    endWithBench(this.#child);
    this.pid = this.#child.pid ?? 0;
    this.#child.on('message', (message) => this.#settle(message as RoleAnswer));
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${role} ended with ${code ?? signal}.`));
      this.#waiting.clear();
    });
    this.call = new Proxy({} as Calls<Served>, {
      get: (_, name) => (argument: unknown) => this.#ask(String(name), argument),
    });
  }

  /** Ends the process and waits for that. May be called twice. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await exited;
  }

  #ask(name: string, argument: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, argument } satisfies RoleCall);
    });
  }

  #settle(answer: RoleAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }
}
