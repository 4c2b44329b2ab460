import { run, type RunOptions } from './run.ts';

/** Brings a client back to what is asked for, and shows what was done. Resolves with the exit code. */
export async function repair(client: string, options: RunOptions): Promise<number> {
  return run('registerClient', client, { client, repair: true }, options);
}
