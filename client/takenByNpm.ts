import type { Command } from 'commander';
import { usage } from './usage.ts';

/** Options of ours that npm has, too. It hands on those of its settings files as if they had been typed. */
const OF_NPM = new Set(['all', 'diff', 'force', 'json', 'offline', 'yes']);

/**
 * An option without `--` before it npm takes for its own, and starts the command without: one that changes something would do something
 * else than was typed. Throws `BadInput`; resolves with a hint where npm may have the option from elsewhere.
 */
export function hintOfNpm(
  program: Command,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (env['npm_lifecycle_event'] === undefined) return undefined;
  const commands = commandsIn(program, args);
  const taken = [program, ...commands]
    .flatMap(({ options }) => options.map((option) => option.long?.slice(2) ?? ''))
    .filter((option) => !['', 'false', undefined].includes(env[`npm_config_${option.replaceAll('-', '_')}`]));
  if (taken.length === 0) return undefined;
  const typed = taken.map((option) => `--${option}`).join(' ');
  const message = `npm has taken ${typed} for its own`;
  const remedy = `Put -- before the options of a command: npm run cli -- ${commands.map((each) => each.name()).join(' ')} … ${typed}`;
  if (taken.some((option) => !OF_NPM.has(option))) throw usage(message, remedy);
  return `${message}. ${remedy}\n`;
}

/** The command that the arguments name, below the group that it is in; a value may stand before it whose option npm has taken. */
function commandsIn(program: Command, args: readonly string[]): readonly Command[] {
  const [first, ...rest] = args;
  if (first === undefined) return [];
  const command = program.commands.find((each) => each.name() === first);
  if (command === undefined) return commandsIn(program, rest);
  const below = command.commands.find((each) => each.name() === rest[0]);
  return below === undefined ? [command] : [command, below];
}
