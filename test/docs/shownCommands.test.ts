import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { allCommands } from '../fixtures/program.ts';
import { shownCommands } from '../fixtures/shownCommands.ts';

/** The program's own tables: what a command takes is asked of it, and nothing runs. */
async function program(): Promise<Command> {
  const made = await allCommands();
  const quiet = (command: Command): void => {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .action(() => undefined);
    command.commands.forEach(quiet);
  };
  made.exitOverride().configureOutput({ writeErr: () => undefined });
  made.commands.forEach(quiet);
  return made;
}

/** What of a command line is the program's: its words, where it is called by npm or by compose. */
function wordsOf(shown: string): readonly string[] | undefined {
  const [, script = '', rest = ''] =
    /^npm run (?:--silent )?(cli|plan|check|repair|schedule|demo|sandbox)\b(?: --)?([^|&]*)/.exec(shown) ??
    /^docker compose run --rm (?:--volume \S+ )?(cli)([^|&]*)/.exec(shown) ??
    [];
  if (script === '') return undefined;
  const words = Array.from(rest.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '');
  return script === 'cli' ? words : [script, ...words];
}

const shown = [...shownCommands().keys()].flatMap((command) => {
  const words = wordsOf(command);
  return words === undefined ? [] : [{ command, words }];
});

it('shows commands of the program', () => expect(shown.length).toBeGreaterThan(40));

it.each(shown)('$command', async ({ words }) => {
  await (await program()).parseAsync([...words], { from: 'user' });
});

it('would notice an option that is none, and an argument too many', async () => {
  await expect((await program()).parseAsync(['plan', '--ofline'], { from: 'user' })).rejects.toThrow('unknown option');
  await expect((await program()).parseAsync(['list', 'zot'], { from: 'user' })).rejects.toThrow('too many arguments');
});
