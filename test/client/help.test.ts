import { expect, it } from 'vitest';
import { allCommands, shownIn } from '../fixtures/program.ts';

const program = await allCommands();
const visible = shownIn(program);

it.each(visible)('$_name stands under what people want of it', (command) => {
  expect(command.helpGroup()).toMatch(/:$/);
});

it.each(visible)('the help of $_name says of no option that it is off', (command) => {
  expect(command.helpInformation()).not.toMatch(/default:\s+(?:false|\[\])/);
});

it('a command below another one has the options of all commands and --json, and not those of the one above', () => {
  const schedule = program.commands.find((command) => command.name() === 'schedule');
  const help = schedule?.commands.find((command) => command.name() === 'list')?.helpInformation();
  expect(help).toMatch(/--json[^]*--address[^]*--timeout/);
  expect(help).not.toMatch(/--every|--paused/);
});
