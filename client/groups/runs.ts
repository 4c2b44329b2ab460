import type { Command } from 'commander';
import type { Answer } from '../commands/answer.ts';
import type { ChangeOptions, DeregisterOptions } from '../commands/changes.ts';
import type { ListOptions } from '../commands/list.ts';
import type { RunOptions } from '../commands/run.ts';
import type { StatusOptions } from '../commands/status.ts';
import { clientName, helpText, oldNameOfFile } from './arguments.ts';

const RUN_CODES =
  '0 it ended well, 2 something is left behind (the output names it), 1 it failed and everything is as it was.';

/** The runs that change a client, and what a person tells one. */
export function addRunCommands(program: Command): void {
  withRunOptions(change(program, 'register'))
    .description('register a client everywhere, or take everything back')
    .addHelpText(
      'after',
      helpText(
        [
          'oidc-registrar register zot',
          'oidc-registrar register --file grafana.yaml --detach',
          'oidc-registrar register zot --take-back',
        ],
        RUN_CODES,
      ),
    )
    .action(async (client: string | undefined, options: Omit<ChangeOptions, 'client'>) => {
      process.exitCode = await (await import('../commands/changes.ts')).register({ ...options, client });
    });

  withRunOptions(change(program, 'rotate'))
    .description('replace the secret of a client everywhere, or restore the previous one')
    .addHelpText(
      'after',
      helpText(
        [
          'oidc-registrar rotate zot',
          'oidc-registrar ready zot      # in another terminal, where a person must update a consumer',
          'oidc-registrar confirm zot    # when that is done',
        ],
        RUN_CODES,
      ),
    )
    .action(async (client: string | undefined, options: Omit<ChangeOptions, 'client'>) => {
      process.exitCode = await (await import('../commands/changes.ts')).rotate({ ...options, client });
    });

  withRunOptions(change(program, 'deregister'))
    .description('take a client out everywhere; asks for its name first')
    .option('--purge', 'delete its secret from the vault, too', false)
    .option('--force', 'although something still refers to it, see docs/how-to/deregister.md', false)
    .option(
      '--done-by-hand',
      'it has been taken out of what only a person configures (consumers of kind manual)',
      false,
    )
    .option('--yes', 'do not ask for the name', false)
    .addHelpText(
      'after',
      helpText(['oidc-registrar deregister zot', 'oidc-registrar deregister zot --purge --yes --json'], RUN_CODES),
    )
    .action(async (client: string | undefined, options: Omit<DeregisterOptions, 'client'>) => {
      process.exitCode = await (await import('../commands/changes.ts')).deregister({ ...options, client });
    });

  program
    .command('status')
    .argument('<client>', 'its name', clientName)
    .description('show the run of a client that is open, or how the last one ended')
    .option('--watch', 'follow the run that is open to its end', false)
    .option('--json', 'print it as JSON', false)
    .addHelpText(
      'after',
      helpText(
        ['oidc-registrar status zot', 'oidc-registrar status zot --watch'],
        '0 a run is open, or the last one ended well, or there is none; 2 the last one did not; 1 Temporal could not be asked. With --watch that of the run.',
      ),
    )
    .action(async (client: string, options: StatusOptions) => {
      process.exitCode = await (await import('../commands/status.ts')).status(client, options);
    });

  program
    .command('list')
    .description('list every client: how it stands, its last run, its rotations, and what its last check found')
    .option(
      '--repo <dir>',
      'a working copy of the GitOps repository: what stands there is listed too, clients made by hand among it',
    )
    .option(
      '--installation <file>',
      'with --repo: registrar.yaml; else REGISTRAR_CONFIG, or that of the working copy, or one here',
    )
    .option('--json', 'print it as JSON', false)
    .addHelpText(
      'after',
      helpText(
        ['oidc-registrar list', 'oidc-registrar list --repo ~/homelab --json'],
        '0 whatever the clients are like, 1 Temporal or the working copy could not be read.',
      ),
    )
    .action(async (options: ListOptions) => {
      process.exitCode = await (await import('../commands/list.ts')).list(options);
    });

  withRunOptions(program.command('cancel').argument('<client>', 'its name', clientName))
    .description('let the run of a client take everything back')
    .addHelpText(
      'after',
      helpText(
        ['oidc-registrar cancel zot'],
        '0 cancelled, everything is as it was; 2 it ended otherwise (the output says how); 1 no run is open.',
      ),
    )
    .action(async (client: string, options: RunOptions) => {
      process.exitCode = await (await import('../commands/cancel.ts')).cancel(client, options);
    });

  addAnswer(program, 'stop-undo', 'stopUndo', 'end the undo of a run; its failure lists what remains');
  addAnswer(
    program,
    'ready',
    'ready',
    'tell a run that waits for a person that you are at hand to update its consumer',
  );
  addAnswer(program, 'confirm', 'confirm', 'tell a run that waits for a person that you have updated its consumer');
}

function change(program: Command, name: string): Command {
  return program
    .command(name)
    .argument('[client]', 'its name; not needed with --file', clientName)
    .option(
      '--file <file>',
      'a registration file that is not in the repository; refused unless policy.inline allows it, and named by check --all',
    )
    .addOption(oldNameOfFile())
    .option('--take-back', 'take back what an earlier run left half-done', false);
}

function withRunOptions(command: Command): Command {
  return command
    .option('--detach', 'do not wait for its end', false)
    .option('--json', 'print the result as JSON, and nothing while it runs', false);
}

function addAnswer(program: Command, command: string, name: Answer, description: string): void {
  program
    .command(command)
    .argument('<client>', 'its name', clientName)
    .description(description)
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      helpText([`oidc-registrar ${command} zot`], '0 the run took it, 1 it has no use for it now, or no run is open.'),
    )
    .action(async (client: string, options: { json: boolean }) => {
      process.exitCode = await (await import('../commands/answer.ts')).answer(client, name, options);
    });
}
