import { asTyped } from '../asTyped.ts';
import { tellPlace } from '../connect.ts';
import { chosenClient } from '../chosenClient.ts';
import { usage } from '../usage.ts';
import { run, type RunOptions } from './run.ts';

export interface ChangeOptions extends RunOptions {
  readonly client: string | undefined;
  /** A registration file that is not in the repository. */
  readonly file?: string;
  /** The same by its old name. */
  readonly registration?: string;
  /** Take back what an earlier run left half-done. */
  readonly takeBack: boolean;
}

export interface DeregisterOptions extends ChangeOptions {
  readonly purge: boolean;
  readonly force: boolean;
  /** A person has taken the client out of what only people configure. */
  readonly doneByHand: boolean;
  /** Ask nobody. */
  readonly yes: boolean;
}

/** Registers a client. Resolves with the exit code. */
export async function register(options: ChangeOptions): Promise<number> {
  const { name, registration } = chosenClient(options.client, options.file ?? options.registration);
  return run('registerClient', name, inputOf(name, registration, options), options);
}

/** Rotates the secret of a client. Resolves with the exit code. */
export async function rotate(options: ChangeOptions): Promise<number> {
  const { name, registration } = chosenClient(options.client, options.file ?? options.registration);
  return run('rotateSecret', name, inputOf(name, registration, options), options);
}

/** Takes a client out everywhere, once its name has been typed. Resolves with the exit code. */
export async function deregister(options: DeregisterOptions): Promise<number> {
  const { name, registration } = chosenClient(options.client, options.file ?? options.registration);
  const { purge, force, doneByHand, takeBack, yes } = options;
  await tellPlace();
  if (!takeBack) {
    // A program that has said --yes reads nothing of it.
    if (!yes || !options.json) process.stderr.write(asTyped(`${whatGoes(name, purge)}\n`));
    if (!yes) await confirmName(name);
  }
  const flags = {
    ...(purge ? { purge } : {}),
    ...(force ? { force } : {}),
    ...(doneByHand ? { doneByHand } : {}),
    ...(takeBack ? { takeBack } : {}),
  };
  const input = registration === undefined ? { client: name, ...flags } : { registration, ...flags };
  return run('deregisterClient', name, input, options);
}

/** What was half done is known to the job, whatever the file says now. */
function inputOf(client: string, registration: object | undefined, { takeBack }: ChangeOptions): object {
  if (takeBack) return { client, takeBack };
  return registration ?? { client };
}

/** What a deregistration takes, and until when it can be put back. */
function whatGoes(client: string, purge: boolean): string {
  const secret = purge ? 'Its secret is deleted from the vault.' : 'Its secret stays in the vault, out of use.';
  return [
    `Nobody will be able to sign in at ${client}. ${secret}`,
    `Until it is proven to be gone and the change has landed, oidc-registrar cancel ${client} puts everything back; past that point of no return the run only goes forward.`,
  ].join('\n');
}

async function confirmName(client: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw usage('nobody is there to confirm the deregistration', 'Add --yes to go on without being asked.');
  const { prompts } = await import('../prompts.ts');
  const typed = await prompts.enter('Type the name of the client to go on:', undefined);
  if (typed.trim() !== client) throw usage('the name was not typed', 'Nothing was done. Start again.');
}
