import input from '@inquirer/input';
import select from '@inquirer/select';
import type { Asker } from './interview.ts';

/** Asks the person at the terminal, on standard error, so that what `--print` writes can go to a file. */
export const prompts: Asker = {
  choose: (message, labels) =>
    select({ message, choices: labels.map((name, value) => ({ name, value })) }, { output: process.stderr }),
  enter: (message, likely) =>
    input(
      { message, ...(likely === undefined ? { required: true } : { default: likely }) },
      { output: process.stderr },
    ),
};
