import type { Command } from 'commander';
import type { InitOptions } from '../commands/init.ts';
import { ALL } from '../init/questions.ts';
import { helpText } from './arguments.ts';

type Options = Omit<InitOptions, 'answers'> & Readonly<Record<string, unknown>>;

/** `init`: the first registrar.yaml of a repository. */
export function addInitCommand(program: Command): void {
  const command = program
    .command('init')
    .description(
      'look at a working copy and write its registrar.yaml, and what the worker needs; asks what no file tells',
    )
    .option('--repo <dir>', 'the working copy of the GitOps repository', '.')
    .option('--yes', 'ask nothing: what no file tells comes by an option', false)
    .option('--print', 'print the files, and write none', false)
    .option('--json', 'print what was found and written as JSON', false)
    .option('--force', 'take the place of files that are there', false)
    .option('--deploy-dir <dir>', 'folder of the files for clusters and Authentik', 'deploy/oidc-registrar');
  for (const { option, takes, setting } of ALL) command.option(`--${option} <${takes}>`, setting);
  command
    .addHelpText(
      'after',
      helpText(
        [
          'oidc-registrar init --repo ~/homelab',
          'oidc-registrar init --print --yes --vault-id … --item-id … --url https://auth.example.com',
        ],
        '0 written, 2 written and a plan of a first client is refused (the output says why), 1 something is missing and nothing is written',
      ),
    )
    .action(async (options: Options) => {
      const answers = Object.fromEntries(
        ALL.map(({ option }) => [option, options[camelCase(option)] as string | undefined]),
      );
      process.exitCode = await (await import('../commands/init.ts')).init({ ...options, answers });
    });
}

/** As commander names what an option holds. */
function camelCase(option: string): string {
  return option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
