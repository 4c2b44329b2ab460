import type { Command } from 'commander';
import type { ImportOptions } from '../commands/import.ts';
import type { PlanOptions } from '../commands/plan.ts';
import { clientName, helpText, type Json, oldNameOfFile } from './arguments.ts';

/** Commands about registrations and the files of the GitOps repository. */
export function addFileCommands(program: Command): void {
  program
    .command('plan')
    .argument('[client]', 'its name; not needed with --file', clientName)
    .description('print everything that a registration would change; changes nothing')
    .option('--json', 'print the plan as JSON', false)
    .option('--diff', 'print the diff of the files alone', false)
    .option('--repair', 'plan a repair instead of a registration', false)
    .option('--file <file>', "a registration file, instead of the client's own in the repository")
    .addOption(oldNameOfFile())
    .option('--exit-code', 'exit with 2 where something would change, as git diff --exit-code does with 1', false)
    .option(
      '--offline',
      'plan the edits of files alone, from a working copy; no worker, no system and no token is needed',
      false,
    )
    .option('--repo <dir>', 'with --offline: the working copy of the GitOps repository', '.')
    .option(
      '--installation <file>',
      'with --offline: registrar.yaml; else REGISTRAR_CONFIG, or that of the working copy, or one here',
    )
    .option('--authentik <version>', 'with --offline: the release of Authentik to write the blueprint for')
    .option('--write', 'with --offline: put the edits into the working copy, all of them or none', false)
    .addHelpText(
      'after',
      helpText(
        [
          'oidc-registrar plan zot',
          'oidc-registrar plan zot --offline --repo ~/homelab --installation ~/homelab/registrar.yaml',
          'oidc-registrar plan --file grafana.yaml --offline --repo . --diff | git apply',
          'oidc-registrar plan zot --offline --write && git diff',
        ],
        '0 the plan is good (with --exit-code: and nothing would change, 2 something would), 1 an error',
      ),
    )
    .action(
      async (client: string | undefined, { file, ...options }: Omit<PlanOptions, 'client'> & { file?: string }) => {
        const { plan } = await import('../commands/plan.ts');
        process.exitCode = await plan({ ...options, ...(file === undefined ? {} : { registration: file }), client });
      },
    );

  program
    .command('import')
    .argument('[client]', 'slug, section or client id of a client that was registered by hand; not with --all')
    .description('write the registration of a client that was made by hand, from a working copy alone')
    .option('--all', 'every client of the repository, with a table of those that cannot be taken', false)
    .option('--repo <dir>', 'the working copy of the GitOps repository', '.')
    .option('--installation <file>', 'registrar.yaml; else REGISTRAR_CONFIG, or registrar.yaml of the working copy')
    .option('--authentik <version>', 'the release of Authentik for which it is said what a run would change')
    .option('--write', 'put it into the folder of registrations; a file that is there stays as it is', false)
    .option('--json', 'print it as JSON', false)
    .addHelpText(
      'after',
      helpText(
        [
          'oidc-registrar import zot --repo ~/homelab',
          'oidc-registrar import zot --write',
          'oidc-registrar import --all --write',
        ],
        '0 written, 1 an error; with --all 0 all clients are taken and nothing would change, 2 otherwise',
      ),
    )
    .action(async (client: string | undefined, { json, ...options }: Omit<ImportOptions, 'client'> & Json) => {
      const { importHandMade } = await import('../commands/import.ts');
      const { text, code, data } = await importHandMade({ ...options, client });
      process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : text);
      process.exitCode = code;
    });
}
