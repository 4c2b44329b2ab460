import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, parse } from 'yaml';
import { expect, it } from 'vitest';
import { shownCommands } from '../fixtures/shownCommands.ts';

// What the pages have people type to kubectl and to docker names what deploy/ and docker-compose.yml hold.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const commands = [...shownCommands().keys()];

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

const resourcesIn = (file: string): readonly Resource[] =>
  parseAllDocuments(read(file)).flatMap((each) => (each.toJS() as Resource | null) ?? []);

const manifests = readdirSync(path.join(root, 'deploy'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => `deploy/${name}`);

/** As `secret/oidc-registrar-token`. */
const ours = new Set(
  manifests.flatMap((file) => resourcesIn(file).map(({ kind, metadata }) => `${kind}/${metadata?.name}`.toLowerCase())),
);

it.each(commands.filter((command) => command.startsWith('kubectl ')))('%s', (command) => {
  const [, file] = / -f (\S+)/.exec(command) ?? [];
  const [, template] = /go-template-file=(\S+)/.exec(command) ?? [];
  for (const named of [file, template]) expect(named === undefined || existsSync(path.join(root, named))).toBe(true);
  const [, label = '', value] = / -l (\S+)=(\S+)/.exec(command) ?? [];
  if (file !== undefined && value !== undefined)
    expect(resourcesIn(file).some(({ metadata }) => metadata.labels?.[label] === value)).toBe(true);
  // A token is one of a service account.
  const [, kind = '', name = ''] = / (deployment|secret|create token)[ /](oidc-registrar\S*)/.exec(command) ?? [];
  if (name !== '') expect(ours).toContain(`${kind.replace('create token', 'serviceaccount')}/${name}`);
});

const services = Object.keys((parse(read('docker-compose.yml')) as { services: object }).services);

it.each(commands.filter((command) => command.startsWith('docker compose ')))('%s', (command) => {
  const [, verb = '', rest = ''] = /^docker compose (up|start|stop|exec|run)\b([^<>|]*)/.exec(command) ?? [];
  const words = rest
    .replace(/--volume \S+/, '')
    .split(' ')
    .filter((word) => /^[^-]/.test(word));
  const named = ['exec', 'run'].includes(verb) ? words.slice(0, 1) : words;
  expect(verb).not.toBe('');
  for (const name of named) expect(services).toContain(name);
});
