import type { Command } from 'commander';
import type { RepositoryOptions, ScheduleCommandOptions } from '../commands/schedule.ts';
import { clientName, helpText, type Json } from './arguments.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Tells what was done: in its own lines, or with `--json` as data alone. */
async function told(command: Command, act: (say: typeof print) => Promise<object>): Promise<void> {
  const { json } = command.optsWithGlobals<Json>();
  const done = await act(json ? () => undefined : print);
  if (json) print(JSON.stringify(done, null, 2));
}

/** `schedule` and what is below it. */
export function addScheduleCommands(program: Command): void {
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
    .option('--repo <dir>', 'the working copy of the GitOps repository: a client without a secret is refused', '.')
    .option('--installation <file>', 'registrar.yaml; else REGISTRAR_CONFIG, or that of the working copy, or one here')
    .addHelpText(
      'after',
      helpText(['oidc-registrar schedule zot --every 90d --window 02:00-05:00 --time-zone Europe/Berlin']),
    )
    .option('--json', 'print it as JSON', false)
    .action(async (client: string, options: ScheduleCommandOptions & RepositoryOptions & Json, command: Command) => {
      const { repo, installation, json: _json, ...schedule } = options;
      const { note: _note, paused: _paused, ...policy } = schedule;
      const { assertHasSecret, assertTimes, setSchedule, withTemporal } = await import('../commands/schedule.ts');
      assertTimes(policy);
      assertHasSecret(client, { repo, ...(installation === undefined ? {} : { installation }) });
      await told(command, (say) => withTemporal((temporal) => setSchedule(temporal, client, schedule, say)));
    });
  scheduleCommand
    .command('list')
    .description('list the schedules of rotations')
    .action(async (_options: object, command: Command) => {
      const { json } = command.optsWithGlobals<Json>();
      const { listSchedules, withTemporal } = await import('../commands/schedule.ts');
      const { connectClient } = await import('../connect.ts');
      await withTemporal((temporal) => listSchedules(temporal, print, json), connectClient);
    });
  scheduleCommand
    .command('delete <client>')
    .description('delete a schedule; a run that it has started goes on')
    .action(async (client: string, _options: object, command: Command) => {
      const { deleteSchedule, withTemporal } = await import('../commands/schedule.ts');
      await told(command, (say) => withTemporal((temporal) => deleteSchedule(temporal, client, say)));
    });
  for (const [verb, description] of [
    ['pause', 'let it start nothing until it is unpaused'],
    ['unpause', 'let it go on'],
  ] as const) {
    scheduleCommand
      .command(`${verb} <client>`)
      .description(description)
      .option('--reason <text>', 'why, shown by Temporal as the note')
      .action(async (client: string, { reason }: { reason?: string }, command: Command) => {
        const { pauseSchedule, unpauseSchedule, withTemporal } = await import('../commands/schedule.ts');
        const act = verb === 'pause' ? pauseSchedule : unpauseSchedule;
        await told(command, (say) => withTemporal((temporal) => act(temporal, client, reason, say)));
      });
  }
}
