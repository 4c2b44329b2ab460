#!/usr/bin/env node
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { RegistrarError } from '../core/errors.ts';
import type { ImportOptions } from './commands/import.ts';
import type { ControlVerb } from './commands/sandbox.ts';
import type { ScheduleCommandOptions } from './commands/schedule.ts';

/** The project's own folder for what it downloads. */
const cacheDir = process.env['REGISTRAR_SANDBOX_CACHE'] ?? path.join(projectRoot(), '.cache');

function projectRoot(): string {
  const up = import.meta.url.endsWith('.ts') ? '..' : '../..';
  return fileURLToPath(new URL(up, import.meta.url));
}

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const clientName = (text: string): string => {
  if (/^[a-z0-9-]+$/.test(text)) return text;
  throw new InvalidArgumentError('a client has lower-case letters, digits and "-" in its name.');
};

function withSandboxOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--layout <name>', 'sample repository: synced by hand (land: last) or automatically (land: first)')
        .choices(['manual', 'auto'])
        .default('manual'),
    )
    .option(
      '--fault <fault>',
      'put a fault into a stand-in, such as authentik:neverSuccessful; may be repeated',
      more,
      [],
    )
    .option('--discovery', "the job's Authentik token may not apply blueprints", false)
    .option('--authentik <version>', 'version that Authentik tells, such as 2026.2.2');
}

const program = new Command('oidc-registrar')
  .description(
    'Registers OIDC clients across vault, GitOps repository, clusters, Authentik and Ansible, as one durable job.',
  )
  .showHelpAfterError()
  .addHelpText(
    'after',
    '\ncheck and repair find Temporal as its own tools do (TEMPORAL_ADDRESS). Start a registration with Temporal alone; see README.md.',
  );

program
  .command('check')
  .argument('[client]', 'its name', clientName)
  .description('compare a client with Git, clusters, Authentik and vault; changes nothing')
  .option('--all', 'every client that has a registration file', false)
  .option('--json', 'print the result as JSON', false)
  .addHelpText('after', '\nExit code: 0 as asked, 2 drift or alarm, 1 something could not be read.')
  .action(async (client: string | undefined, { all, json }: { all: boolean; json: boolean }, command: Command) => {
    if ((client === undefined) !== all) command.error('error: name a client, or give --all');
    const { check } = await import('./commands/check.ts');
    process.exitCode = await check({ client, json });
  });

program
  .command('repair')
  .argument('<client>', 'its name', clientName)
  .description('bring a client back to what its registration asks for')
  .action(async (client: string) => {
    process.exitCode = await (await import('./commands/repair.ts')).repair(client);
  });

program
  .command('import')
  .argument('<client>', 'slug, section or client id of a client that was registered by hand', clientName)
  .description('write the registration of a client that was made by hand, from a working copy alone')
  .option('--repo <folder>', 'working copy of the GitOps repository', '.')
  .option('--config <file>', 'the installation; registrar.yaml of the working copy where absent')
  .option('--write', 'put it into the folder of registrations', false)
  .addHelpText('after', '\nExample:\n  oidc-registrar import zot --repo ~/src/homelab --write')
  .action(async (client: string, options: ImportOptions) => {
    process.stdout.write(await (await import('./commands/import.ts')).importHandMade(client, options));
  });

withSandboxOptions(program.command('demo'))
  .description('register a client on a sandbox and show what happens')
  .option('--client <name>', 'client of the sample repository', clientName, 'zot')
  .option('--fail <step>', 'make this step fail, and show the roll-back')
  .option('--keep', 'leave the sandbox up until Ctrl-C, also where the output is no terminal', false)
  .addHelpText(
    'after',
    "\nExamples:\n  npm run demo\n  npm run demo -- --client status-page\n  npm run demo -- --fail pollBlueprintStatus\n  npm run demo -- --fault 'authentik:POST:/apply/:loseAnswer:times=1'",
  )
  .action(async (options) => {
    const { demo } = await import('./commands/demo.ts');
    process.exitCode = await demo({ ...options, cacheDir });
  });

const sandboxCommand = withSandboxOptions(program.command('sandbox'))
  .description('start a sandbox with a worker and keep it up')
  .action(async (options) => {
    const { sandbox } = await import('./commands/sandbox.ts');
    await sandbox({ ...options, cacheDir });
  });

const VERBS: readonly (readonly [ControlVerb, string])[] = [
  ['clear', 'take every fault out of the sandbox that runs'],
  ['faults', 'list its faults'],
  ['snapshot', 'print the state of its systems'],
  ['sync', "sync its Application in full, as a person with Argo CD's CLI"],
];
sandboxCommand
  .command('fault <fault>')
  .description('put a fault into the sandbox that runs in another terminal')
  .action(async (fault: string) => (await import('./commands/sandbox.ts')).controlSandbox(cacheDir, 'fault', fault));
for (const [verb, description] of VERBS) {
  sandboxCommand
    .command(verb)
    .description(description)
    .action(async () => (await import('./commands/sandbox.ts')).controlSandbox(cacheDir, verb));
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const scheduleCommand = program
  .command('schedule')
  .description('rotate the secret of a client on a schedule of Temporal')
  .argument('<client>', 'client of the GitOps repository', clientName)
  .option('--every <duration>', 'interval, such as 90d')
  .option('--cron <expression>', 'instead of an interval, such as "0 3 1 */3 *"')
  .option('--time-zone <name>', 'IANA name for --cron and --window; UTC where absent')
  .option('--window <times>', 'with --every in whole days: begin within these times of day, such as 02:00-05:00')
  .option('--jitter <duration>', 'begin so much later at most, at random')
  .option('--note <text>', 'what it is for, shown by Temporal')
  .option('--paused', 'make it paused')
  .addHelpText(
    'after',
    '\nExample:\n  oidc-registrar schedule zot --every 90d --window 02:00-05:00 --time-zone Europe/Berlin',
  )
  .action(async (client: string, options: ScheduleCommandOptions) => {
    const { setSchedule, withTemporal } = await import('./commands/schedule.ts');
    await withTemporal((temporal) => setSchedule(temporal, client, options, print));
  });
scheduleCommand
  .command('list')
  .description('list the schedules of rotations')
  .action(async () => {
    const { listSchedules, withTemporal } = await import('./commands/schedule.ts');
    await withTemporal((temporal) => listSchedules(temporal, print));
  });
scheduleCommand
  .command('delete <client>')
  .description('delete a schedule; a run that it has started goes on')
  .action(async (client: string) => {
    const { deleteSchedule, withTemporal } = await import('./commands/schedule.ts');
    await withTemporal((temporal) => deleteSchedule(temporal, client, print));
  });
for (const [verb, description] of [
  ['pause', 'let it start nothing until it is unpaused'],
  ['unpause', 'let it go on'],
] as const) {
  scheduleCommand
    .command(`${verb} <client>`)
    .description(description)
    .option('--reason <text>', 'why, shown by Temporal as the note')
    .action(async (client: string, { reason }: { reason?: string }) => {
      const { pauseSchedule, unpauseSchedule, withTemporal } = await import('./commands/schedule.ts');
      const act = verb === 'pause' ? pauseSchedule : unpauseSchedule;
      await withTemporal((temporal) => act(temporal, client, reason, print));
    });
}

try {
  await program.parseAsync();
} catch (error) {
  const text =
    error instanceof RegistrarError
      ? `${error.system}: ${error.message}\n${error.remedy}`
      : String((error as Error).stack ?? error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
// A client library may keep a socket open; everything that was started has been stopped.
process.exit();
