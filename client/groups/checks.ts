import type { Command } from 'commander';
import type { RunOptions } from '../commands/run.ts';
import { clientName, helpText } from './arguments.ts';

/** `check` and `repair`: what is there against what is asked for. */
export function addCheckCommands(program: Command): void {
  program
    .command('check')
    .argument('[client]', 'its name', clientName)
    .description('compare a client with Git, clusters, Authentik and vault; changes nothing')
    .option('--all', 'every client that has a registration file', false)
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      helpText(
        ['oidc-registrar check zot', 'oidc-registrar check --all --json'],
        '0 as asked, 2 drift or alarm, 1 something could not be read.',
      ),
    )
    .action(async (client: string | undefined, { all, json }: { all: boolean; json: boolean }, command: Command) => {
      if ((client === undefined) !== all) command.error('error: name a client, or give --all');
      const { check } = await import('../commands/check.ts');
      process.exitCode = await check({ client, json });
    });

  program
    .command('repair')
    .argument('<client>', 'its name', clientName)
    .description('bring a client back to what its registration asks for')
    .option('--detach', 'do not wait for its end', false)
    .option('--json', 'print the result as JSON, and nothing while it runs', false)
    .addHelpText(
      'after',
      helpText(
        ['oidc-registrar repair zot'],
        '0 as asked, 2 something is left behind, 1 it failed and everything is as it was.',
      ),
    )
    .action(async (client: string, options: RunOptions) => {
      process.exitCode = await (await import('../commands/repair.ts')).repair(client, options);
    });
}
