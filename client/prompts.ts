import input from '@inquirer/input';
import select from '@inquirer/select';
import type { Asker } from './init/interview.ts';
import { usage } from './usage.ts';

/** Asks the person at the terminal, on standard error, so that what `--print` writes can go to a file. */
export const prompts: Asker = {
  choose: (message, labels) =>
    unlessLeft((context) => select({ message, choices: labels.map((name, value) => ({ name, value })) }, context)),
  enter: (message, likely) =>
    unlessLeft((context) =>
      input({ message, ...(likely === undefined ? { required: true } : { default: likely }) }, context),
    ),
};

/** How the library says that a question was left: by Ctrl-C, and by {@link AbortSignal}. */
const LEFT = new Set(['ExitPromptError', 'AbortPromptError']);

/**
 * Whoever presses Ctrl-C or Ctrl-D has left; that is no defect to be told with its place in the code. By Ctrl-D the terminal closes, of
 * which the library does not tell: the question stays open, and nothing keeps the process from its end.
 */
async function unlessLeft<T>(ask: (context: Parameters<typeof input>[1]) => Promise<T>): Promise<T> {
  const closed = new AbortController();
  const close = (): void => closed.abort();
  process.once('beforeExit', close);
  try {
    return await ask({ output: process.stderr, signal: closed.signal });
  } catch (error) {
    if (!(error instanceof Error) || !LEFT.has(error.name)) throw error;
    throw usage('the question was left', 'Nothing was done. Start again, or answer by the options (see --help).');
  } finally {
    process.removeListener('beforeExit', close);
  }
}
