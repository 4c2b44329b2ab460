import { diffLines } from 'diff';
import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../../core/changes/fileChanges.ts';
import { noLongerNamed } from '../../../core/consumers/consumersOf.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';

type Files = Record<string, string | undefined>;
type Consumer = Extract<NonNullable<RegistrationInput['spec']['consumers']>[number], { kind: 'ansible' }>;

const layout = await sampleLayout('manual');
const installation = installationSchema.parse(layout.installation);
const client = clientNamed('tool');
const consumer = client.spec.consumers?.[0] as Consumer;

function inputOf(asked: RegistrationInput, files: Files): ChangeInput {
  const registration = checkRegistration(asked, 'test');
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  const steps = ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'] as const;
  return { registration, installation, names, blueprintText: text, steps, read: (file) => files[file] };
}

function after(asked: RegistrationInput, files: Files) {
  const plans = planFileChanges(inputOf(asked, files));
  const result = { ...files };
  for (const plan of plans) result[plan.path] = plan.gone === true ? undefined : plan.after;
  return { plans, files: result, updated: plans.filter(({ kind }) => kind === 'updated').map(({ entry }) => entry) };
}

function withConsumer(change: Partial<Consumer>): RegistrationInput {
  return { ...client, spec: { ...client.spec, consumers: [{ ...consumer, ...change }] } };
}

const before = after(client, { ...layout.files }).files;
const { blueprints } = installation.authentik;
const TASKS = 'roles/zot/tasks/main.yml';
const TEMPLATE = 'roles/zot/templates/tool.json.j2';

const CASES: readonly (readonly [string, RegistrationInput, readonly string[], string, string[], string[]])[] = [
  [
    'a redirect URI',
    { ...client, spec: { ...client.spec, redirectUris: [...client.spec.redirectUris, 'https://two.example/'] } },
    ['configMap'],
    blueprints.file,
    ['            - matching_mode: strict', '              url: https://two.example/'],
    [],
  ],
  [
    'where the file goes',
    withConsumer({ dest: '/etc/tool.json', mode: '0640', notify: undefined }),
    ['roleTask/0'],
    TASKS,
    ['    dest: /etc/tool.json', "    mode: '0640'"],
    ['    dest: /etc/zot/tool.json', "    mode: '0600'", '  notify: Restart zot'],
  ],
  [
    'the text of the file',
    withConsumer({
      template: { name: 'tool.json.j2', text: '{"client": "<<clientId>>", "secret": "<<clientSecret>>"}\n' },
    }),
    ['template/0'],
    TEMPLATE,
    ['{"client": "tool", "secret": "{{ tool_secret }}"}'],
    ['{"id": "tool", "secret": "{{ tool_secret }}"}'],
  ],
  [
    'its tags',
    withConsumer({ tags: ['zot', 'oidc'] }),
    ['preTasks/0'],
    consumer.playbook,
    ['      tags: [zot, oidc]', '      tags: [zot, oidc]'],
    ['      tags: [zot]', '      tags: [zot]'],
  ],
];

function linesOf(from: string, to: string) {
  const parts = diffLines(from, to);
  const lines = (which: 'added' | 'removed') =>
    parts.filter((part) => part[which]).flatMap((part) => part.value.replace(/\n$/, '').split('\n'));
  return { added: lines('added'), removed: lines('removed') };
}

describe('a changed registration', () => {
  it.each(CASES)('changes %s and nothing else', (_what, asked, entries, path, added, removed) => {
    const { files, updated } = after(asked, before);

    expect(updated).toEqual(entries);
    expect(Object.keys(files).filter((file) => files[file] !== before[file])).toEqual([path]);
    expect(linesOf(before[path] ?? '', files[path] ?? '')).toEqual({ added, removed });
    expect(after(asked, files).plans.every(({ kind }) => kind === 'alreadyThere')).toBe(true);
  });

  it.each(CASES)('puts %s back, byte for byte, also beside what others do meanwhile', (_what, asked, entries, path) => {
    const { files } = after(asked, before);
    const origin = (entry: string, file: string) => (entries.includes(entry) ? before[file] : undefined);
    const ours = (entry: string) => entries.includes(entry);
    const back = (text: string | undefined) =>
      planFileRemovals({ ...inputOf(asked, { ...files, [path]: text }), origin }, ours).map(({ kind, after: now }) => ({
        kind,
        text: now,
      }));

    expect(back(files[path])).toEqual([{ kind: 'changed', text: before[path] }]);
    expect(back(before[path])).toEqual([{ kind: 'alreadyGone', text: before[path] }]);
    if (path === TEMPLATE) return;
    const note = '# somebody else was here\n';
    expect(back(`${note}${files[path] ?? ''}`)).toEqual([{ kind: 'changed', text: `${note}${before[path] ?? ''}` }]);
    expect(back(`${note}${before[path] ?? ''}`)).toEqual([
      { kind: 'alreadyGone', text: `${note}${before[path] ?? ''}` },
    ]);
  });

  it('may give the fact another name', () => {
    const { updated, files } = after(withConsumer({ fact: 'tool_two' }), before);
    expect(updated).toEqual(['template/0', 'roleTask/0', 'preTasks/0']);
    expect(Object.values(files).join('')).not.toContain('tool_secret');
  });

  it('is refused where people have given its task a condition of their own', () => {
    const theirs = {
      ...before,
      [TASKS]: (before[TASKS] ?? '').replace('tool_secret is defined', 'tool_secret is defined and not ci'),
    };
    expect(theirs[TASKS]).not.toBe(before[TASKS]);
    expect(() => after(withConsumer({ mode: '0640' }), theirs)).toThrow(/an entry of that name is there but different/);
  });

  it('is kept where somebody has changed the same lines since', () => {
    const [, asked, , path] = CASES[1] as (typeof CASES)[number];
    const { files } = after(asked, before);
    const touched = (files[path] ?? '').replace('dest: /etc/tool.json', 'dest: /srv/tool.json');
    const input = { ...inputOf(asked, { ...files, [path]: touched }), origin: () => before[path] };

    const [removal] = planFileRemovals(input, (entry) => entry === 'roleTask/0');

    expect(removal).toMatchObject({ kind: 'kept', after: touched });
  });
});

describe('a consumer that is no longer named', () => {
  const { consumers: _none, ...spec } = client.spec;
  const asked: RegistrationInput = { ...client, spec };
  const { consumers } = checkRegistration(client, 'test').spec;
  const { former = [] } = noLongerNamed(consumers, checkRegistration(asked, 'test'), 'hub');
  const planOf = (files: Files) => planFileChanges({ ...inputOf(asked, files), former });

  it('leaves nothing in the files, and comes back byte for byte', () => {
    const plans = planOf(before);
    const files = { ...before };
    for (const plan of plans) files[plan.path] = plan.gone === true ? undefined : plan.after;

    for (const path of [TASKS, TEMPLATE, consumer.playbook]) expect(files[path]).toBe(layout.files[path]);
    expect(planOf(files).every(({ kind }) => kind === 'alreadyThere')).toBe(true);
    const going = plans.filter(({ kind }) => kind === 'updated').map(({ entry }) => entry);
    expect(going).toEqual(['former template/0', 'former roleTask/0', 'former preTasks/0']);
    const input = { ...inputOf(asked, files), former, origin: (_entry: string, path: string) => before[path] };
    const back = planFileRemovals(input, (entry) => going.includes(entry));
    expect(back.map(({ path, kind, after: text }) => [path, kind, text])).toEqual(
      [TEMPLATE, TASKS, consumer.playbook].map((path) => [path, 'changed', before[path]]),
    );
  });

  it('keeps what people have changed of it', () => {
    const files = { ...before, [TEMPLATE]: `${before[TEMPLATE] ?? ''}# mine\n` };
    expect(planOf(files).find(({ entry }) => entry === 'former template/0')?.kind).toBe('alreadyThere');
  });

  it('is one that the registration names in other words', () => {
    const other = checkRegistration(withConsumer({ dest: '/elsewhere' }), 'test');
    expect(noLongerNamed(checkRegistration(client, 'test').spec.consumers, other, 'hub')).toEqual({});
  });

  it('is none whose cluster is only named now, as the one that was meant', () => {
    const secret = {
      kind: 'externalSecret' as const,
      file: 'a.yaml',
      name: 'a',
      namespace: 'b',
      secretStoreRef: { name: 'c' },
    };
    const asking = (change: object) =>
      checkRegistration({ ...client, spec: { ...client.spec, consumers: [{ ...secret, ...change }] } }, 'test');
    expect(noLongerNamed(asking({}).spec.consumers, asking({ cluster: 'hub' }), 'hub')).toEqual({});
    expect(noLongerNamed(asking({}).spec.consumers, asking({ cluster: 'edge' }), 'hub')).toMatchObject({
      formerSecrets: [secret],
    });
  });
});

describe('what is not this client’s', () => {
  it('is no change: a client that is not registered meets a collision', () => {
    const files = { ...layout.files, [TEMPLATE]: '{{ tool_secret }} of somebody else\n' };
    expect(() => after(client, files)).toThrow('there but different');
  });

  it('nor is a template that renders another fact, or a task with fields of people’s own', () => {
    const moved = (before[TASKS] ?? '').replace('Deploy tool OIDC credentials', 'Deploy it');
    const other = { ...before, [TEMPLATE]: 'something else\n', [TASKS]: moved };
    expect(() => after(client, other)).toThrow('there but different');
    const tasks = (before[TASKS] ?? '').replace(
      '    dest: /etc/zot/tool.json',
      '    dest: /etc/zot/tool.json\n    backup: true',
    );
    expect(() => after(client, { ...before, [TASKS]: tasks })).toThrow('there but different');
  });
});
