import { describe, expect, it } from 'vitest';
import type { ChangePlan } from '../../core/plan/plan.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Registrations and servers that mean no good, before a worker of its own: what they send must not end it, and not reach other clients.

let bed: TestBed;
useTestBed({ worker: 'process' }, (started) => {
  bed = started;
});

const plan = async (client: string): Promise<ChangePlan> =>
  bed.client.workflow.execute('planClient', {
    taskQueue: IDS.taskQueue,
    workflowId: `plan/${client}`,
    args: [{ client }],
  });

describe('a server that says when to come back', () => {
  it.each(['Infinity', '1e300', '-1e300', '-5', '0', 'NaN', ''])(
    'as "%s" is asked again, by the same worker',
    async (after) => {
      bed.world.faults.add({
        system: 'authentik',
        path: '/admin/version',
        times: 1,
        effect: { kind: 'error', status: 503, body: { detail: 'later' }, headers: { 'retry-after': after } },
      });
      expect((await plan('zot')).client).toBe('zot');
      expect((await plan('status-page')).client).toBe('status-page');
    },
  );
});

it('a file that is made to exhaust its reader is refused, and holds up no other client', async () => {
  const lists = `spec: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`;
  const aliases = ['a: &a [x, x, x, x, x, x, x, x, x]'].concat(
    Array.from('bcdefghi', (key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
  );
  const files = { 'oidc-clients/deep.yaml': lists, 'oidc-clients/laughs.yaml': `${aliases.join('\n')}\n` };
  await bed.world.repository.commitAs('eve', files, 'two clients');
  for (const client of ['deep', 'laughs']) expect((await bed.fail(client)).type).toBe('BadInput');
  expect((await plan('status-page')).client).toBe('status-page');
});

const base = clientNamed('odd').spec;
const [consumer] = base.consumers ?? [];
const ODD: readonly (readonly [string, Partial<RegistrationInput['spec']>])[] = [
  [
    'the signs of YAML, Jinja and Go templates',
    {
      displayName: '{{ 7*7 }} {% raw %} {{ .Values.x }}',
      description: '"\': & * ! | > %',
      groups: [{ name: '- a: &b *c', comment: '# --- ...', serviceAccounts: [{ username: 'svc-odd' }] }],
      consumers: [
        { ...consumer, comment: 'a\\', notify: 'x: [y', owner: '*a', group: '!x', task: '!unsafe "x": y' },
      ] as NonNullable<RegistrationInput['spec']['consumers']>,
    },
  ],
  [
    'a tag of blueprints, and signs of a URL',
    {
      displayName: '!Env AUTHENTIK_SECRET_KEY',
      clientId: '#$&|~;=?',
      groups: [{ name: '{{- end -}}' }, { name: 'constructor' }],
    },
  ],
  [
    'characters that look like others',
    {
      displayName: '\u202Eevil\u202C \u{1F600} e\u0301',
      groups: [{ name: 'caf\u00e9' }, { name: 'cafe\u0301' }, { name: 'a\u200bb' }],
    },
  ],
];

it.each(ODD)('names of %s are taken as they are, and taken back without a trace', async (_what, over) => {
  const client = `odd-${ODD.findIndex(([, each]) => each === over)}`;
  const input: RegistrationInput = { ...clientNamed(client), spec: { ...clientNamed(client).spec, ...over } };
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: client, mayApply: true });
  const before = await bed.world.snapshot();
  expect((await bed.fail(client, input)).kept).toEqual([]);
  await bed.heal();
  await bed.expectAsBefore(before);

  expect((await bed.register(client, input)).outcome).toBe('registered');
  const { applications, groups } = bed.world.authentik.database.rows;
  expect(applications.map(({ name }) => name)).toContain(over.displayName);
  expect(groups.map(({ name }) => name)).toEqual(expect.arrayContaining(over.groups?.map(({ name }) => name) ?? []));
});
