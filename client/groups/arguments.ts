import { InvalidArgumentError, Option } from 'commander';

/** A client's name, as commander reads an argument. */
export const clientName = (text: string): string => {
  if (/^[a-z0-9-]+$/.test(text)) return text;
  throw new InvalidArgumentError('a client has lower-case letters, digits and "-" in its name.');
};

/** Whether the answer is for a program. */
export interface Json {
  readonly json: boolean;
}

/** Examples and exit codes under a command's help. */
export function helpText(examples: readonly string[], exitCodes?: string): string {
  const lines = ['', 'Examples:', ...examples.map((example) => `  ${example}`)];
  return [...lines, ...(exitCodes === undefined ? [] : ['', `Exit code: ${exitCodes}`])].join('\n');
}

/** `--file` was `--registration` in `plan`, and people have that in scripts. */
export const oldNameOfFile = (): Option => new Option('--registration <file>', 'the same as --file').hideHelp();
