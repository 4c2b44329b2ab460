import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addCommonOptions } from '../../client/groups/common.ts';
import { addFileCommands } from '../../client/groups/files.ts';
import { addRunCommands } from '../../client/groups/runs.ts';
import { addScheduleCommands } from '../../client/groups/schedule.ts';
import { hintOfNpm } from '../../client/takenByNpm.ts';

const program = new Command();
addCommonOptions(program);
addRunCommands(program);
addFileCommands(program);
addScheduleCommands(program);

/** What a command is told of options that stood without `--` before them, as npm hands them on. */
const told = (name: string, ...taken: readonly string[]): string | undefined =>
  hintOfNpm(program, [name], {
    npm_lifecycle_event: 'cli',
    npm_config_yes: '',
    ...Object.fromEntries(taken.map((option) => [`npm_config_${option}`, 'true'])),
  });

it('a command of whose options npm has taken one is refused, with the line to type', () => {
  expect(() => told('rotate', 'take_back', 'json')).toThrow(
    expect.objectContaining({
      kind: 'BadInput',
      message: 'npm has taken --take-back --json for its own',
      remedy: 'Put -- before the options of a command: npm run cli -- rotate … --take-back --json',
    }),
  );
});

it.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
  ['has a value', ['rotate', 'zot'], { npm_config_timeout: '5m' }, 'rotate … --timeout'],
  [
    'stood before the command and left its value',
    ['5m', 'rotate'],
    { npm_config_timeout: 'true' },
    'rotate … --timeout',
  ],
  ['is of a group', ['schedule', 'zot'], { npm_config_every: '90d' }, 'schedule … --every'],
  [
    'is of a command in a group',
    ['schedule', 'pause', 'zot'],
    { npm_config_reason: 'true' },
    'schedule pause … --reason',
  ],
])('an option is missed that %s', (_name, args, env, line) => {
  expect(() => hintOfNpm(program, args, { npm_lifecycle_event: 'cli', ...env })).toThrow(
    expect.objectContaining({ remedy: `Put -- before the options of a command: npm run cli -- ${line}` }),
  );
});

it('an option that npm may have from its own settings is told, and stops nobody', () => {
  expect(told('plan', 'offline')).toMatch(
    /^npm has taken --offline for its own\. .* npm run cli -- plan … --offline\n$/,
  );
});

it('nothing is told where npm has taken nothing of the command, or has not started it', () => {
  expect([told('rotate'), told('rotate', 'offline'), told('--help', 'json')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(hintOfNpm(program, ['rotate'], { npm_config_take_back: 'true' })).toBeUndefined();
});
