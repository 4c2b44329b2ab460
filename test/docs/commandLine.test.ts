import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { asTyped } from '../../client/asTyped.ts';
import { allCommands, shownIn } from '../fixtures/program.ts';

const program = await allCommands();
const commands = shownIn(program);

const page = readFileSync(new URL('../../docs/reference/command-line.md', import.meta.url), 'utf8');

it('the page of the command line has a row for every command, and for no other', () => {
  const rows = Array.from(page.matchAll(/^\| (`[a-z].*?) \|/gm), ([, cell = '']) => cell);
  const named = rows.flatMap((cell) => Array.from(cell.matchAll(/`([a-z-]+)`/g), ([, name]) => name));
  const names = commands.map((command) => command.name());
  expect(new Set(named)).toEqual(new Set(names));
});

it('the page of the command line names every option of all commands', () => {
  for (const { long } of program.options) expect(page).toContain(`\`${long}`);
});

it('every command that takes --json is said to, and no other', () => {
  const without = /All but (.*?) take `--json`/s.exec(page)?.[1] ?? '';
  const names = Array.from(without.matchAll(/`([a-z-]+)`/g), ([, name]) => name);
  const lacking = commands.filter(({ options }) => options.every(({ long }) => long !== '--json'));
  expect(new Set(names)).toEqual(new Set(lacking.map((command) => command.name())));
});

it('a command in a text is told as a person types it where that is known', () => {
  const text = 'See oidc-registrar status zot; apiVersion: oidc-registrar/v1, queue oidc-registrar is polled';
  expect(asTyped(text, undefined)).toBe(text);
  const answer = 'waits: temporal workflow update execute --workflow-id oidc-client/zot --name ready';
  expect(asTyped(answer, undefined)).toBe('waits: oidc-registrar ready zot');
  expect(asTyped(answer, 'npm run cli --')).toBe('waits: npm run cli -- ready zot');
  expect(asTyped(text, 'npm run cli --')).toBe(
    'See npm run cli -- status zot; apiVersion: oidc-registrar/v1, queue oidc-registrar is polled',
  );
  for (const name of commands.map((command) => command.name()).filter((each) => each !== 'completion'))
    expect(asTyped(`oidc-registrar ${name}`, 'typed')).toBe(`typed ${name}`);
  const sourced = 'source <(oidc-registrar completion bash)';
  expect(asTyped(sourced, 'npm run cli --'), 'a shell would run the lines that npm prints first').toBe(sourced);
});
