import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { planFileChanges, type FileChangePlan } from '../../../core/changes/fileChanges.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';

// A client that is registered may be changed, and its registration may name whatever stands in a role or a playbook.

const layout = await sampleLayout('manual');
const installation = installationSchema.parse(layout.installation);
type Consumer = Extract<NonNullable<RegistrationInput['spec']['consumers']>[number], { kind: 'ansible' }>;
type Files = ReadonlyMap<string, string>;

function plan(input: RegistrationInput, files: Files): readonly FileChangePlan[] {
  const registration = checkRegistration(input, 'input');
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.2.2' });
  return planFileChanges({
    registration,
    installation,
    names,
    blueprintText: text,
    steps: ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'],
    read: (path) => files.get(path),
  });
}

function written(input: RegistrationInput, files: Files): Files {
  return new Map([...files, ...plan(input, files).map(({ path, after }) => [path, after] as const)]);
}

function withConsumers(client: RegistrationInput, ...consumers: readonly Consumer[]): RegistrationInput {
  return { ...client, spec: { ...client.spec, consumers: [...consumers] } };
}

function ansibleOf({ spec }: RegistrationInput): Consumer {
  const [consumer] = spec.consumers ?? [];
  if (consumer?.kind !== 'ansible') throw new Error('no such consumer');
  return consumer;
}

const [other, client] = [clientNamed('other'), clientNamed('tool')];
const [theirs, ours] = [ansibleOf(other), ansibleOf(client)];
const stands = written(other, new Map(Object.entries(layout.files)));
const text = '<<clientSecret>> of another\n';

describe('a registered client that is changed to name what another has', () => {
  const files = written(withConsumers(client), stands);

  it.each<readonly [string, Consumer]>([
    ['everything', { ...theirs, template: { ...theirs.template, text }, task: 'Deploy other OIDC credentials' }],
    ['its template and fact', { ...ours, template: { ...theirs.template, text }, fact: theirs.fact }],
    [
      'its template and task',
      { ...ours, template: { ...theirs.template, text }, task: 'Deploy other OIDC credentials' },
    ],
    ['its task', { ...ours, task: 'Deploy other OIDC credentials' }],
    ['its fact', { ...ours, fact: theirs.fact }],
    ['its register', { ...ours, register: `_${theirs.fact}` }],
  ])('%s collides', (_what, consumer) => {
    expect(() => plan(withConsumers(client, consumer), files)).toThrow(/there but different[^]*/);
  });
});

describe('its own entries are changed', () => {
  const named = { ...ours, task: 'Give the tool its secret' };
  const files = written(withConsumers(client, named), written(withConsumers(client), stands));

  it.each<readonly [string, Consumer]>([
    ['another text and destination', { ...named, template: { ...named.template, text }, dest: '/etc/zot/two.json' }],
    ['another fact', { ...named, fact: 'another_secret' }],
    [
      'another fact, text and destination',
      { ...named, fact: 'b', template: { ...named.template, text }, dest: '/etc/b' },
    ],
    ['another register and tag', { ...named, register: '_another', tags: ['one', 'two'] }],
    ['the usual task', ours],
    ['another template', { ...named, template: { name: 'b.j2', text } }],
  ])('to %s', (_what, consumer) => {
    const kinds = plan(withConsumers(client, consumer), files).map(({ kind }) => kind);
    expect(kinds).toContain('updated');
  });

  it('and so are those of which people have changed the names of tasks', () => {
    const renamed = new Map([...files].map(([path, old]) => [path, old.replaceAll('tool OIDC client', 'our')]));
    const changed = plan(withConsumers(client, { ...named, tags: ['one', 'two'] }), renamed);
    expect(changed.find(({ entry }) => entry === 'preTasks/0')?.kind).toBe('updated');
  });
});
