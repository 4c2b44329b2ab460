import input from '@inquirer/input';
import select from '@inquirer/select';
import { usage } from '../usage.ts';
import type { Asker } from './interview.ts';

/** Asks the person at the terminal, on standard error, so that what `--print` writes can go to a file. */
export const prompts: Asker = {
  choose: (message, labels) =>
    unlessLeft(
      select({ message, choices: labels.map((name, value) => ({ name, value })) }, { output: process.stderr }),
    ),
  enter: (message, likely) =>
    unlessLeft(
      input(
        { message, ...(likely === undefined ? { required: true } : { default: likely }) },
        { output: process.stderr },
      ),
    ),
};

/** Whoever presses Ctrl-C has left; that is no defect to be told with its place in the code. */
async function unlessLeft<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    throw usage('the questions were left', 'Nothing was written. Start again, or answer by the options (see --help).');
  }
}
