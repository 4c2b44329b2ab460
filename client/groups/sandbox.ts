import { type Command, Option } from 'commander';
import { CACHE_DIR as cacheDir } from '../runningSandbox.ts';
import { clientName, helpText } from './arguments.ts';
import { loadSandbox, type ControlVerb } from './sandboxPackage.ts';

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const VERBS: readonly (readonly [ControlVerb, string])[] = [
  ['clear', 'take every fault out of the sandbox that runs'],
  ['faults', 'list its faults'],
  ['snapshot', 'print the state of its systems'],
  ['sync', "sync its Application in full, as a person with Argo CD's CLI"],
];

/** `demo` and `sandbox`: everything on loopback. */
export function addSandboxCommands(program: Command): void {
  withSandboxOptions(program.command('demo'))
    .description('register a client on a sandbox and show what happens')
    .option('--client <name>', 'client of the sample repository', clientName, 'zot')
    .option('--fail <step>', 'make this step fail, and show the roll-back')
    .option('--keep', 'leave the sandbox up until Ctrl-C, also where the output is no terminal', false)
    .addHelpText(
      'after',
      helpText(
        [
          'oidc-registrar demo',
          'oidc-registrar demo --client status-page',
          'oidc-registrar demo --fail pollBlueprintStatus',
          "oidc-registrar demo --fault 'authentik:POST:/apply/:loseAnswer:times=1'",
        ],
        '0 registered, 1 failed and everything is as it was, 2 failed and it is not',
      ),
    )
    .action(async (options) => {
      process.exitCode = await (await loadSandbox()).demo({ ...options, cacheDir });
    });

  const sandboxCommand = withSandboxOptions(program.command('sandbox'))
    .description('start a sandbox with a worker and keep it up')
    .action(async (options) => {
      await (await loadSandbox()).sandbox({ ...options, cacheDir });
    });
  const control = async (verb: ControlVerb, argument?: string): Promise<void> =>
    (await loadSandbox()).controlSandbox(cacheDir, verb, argument);
  sandboxCommand
    .command('fault <fault>')
    .description('put a fault into the sandbox that runs in another terminal')
    .action((fault: string) => control('fault', fault));
  for (const [verb, description] of VERBS) {
    sandboxCommand
      .command(verb)
      .description(description)
      .action(() => control(verb));
  }
}

function withSandboxOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--layout <name>',
        'sample repository: synced by hand (land: last), automatically (land: first), with a service on the other cluster, deployed by Flux and Helm without a word to the job, or by Flux whose objects it asks',
      )
        .choices(['manual', 'auto', 'consumers', 'helm', 'flux'])
        .default('manual'),
    )
    .option(
      '--fault <fault>',
      'put a fault into a stand-in, such as authentik:neverSuccessful; may be repeated',
      more,
      [],
    )
    .option('--json', 'print what comes of it as JSON; what people read goes to standard error', false)
    .option('--discovery', "the job's Authentik token may not apply blueprints", false)
    .option('--authentik <version>', 'version that Authentik tells, such as 2026.2.2');
}
