import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// A client that came in a workflow's input and lets everybody in, under a registrar.yaml that has become stricter since.

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const { consumers: _consumers, ...spec } = clientNamed('lodge').spec;
const lodge: RegistrationInput = { ...clientNamed('lodge'), spec: { ...spec, access: { everyone: true } } };

const options = (client: string, input: unknown) => ({
  taskQueue: IDS.taskQueue,
  workflowId: IDS.client(client),
  args: [input],
});

beforeAll(async () => {
  await bed.register('lodge', lodge);
  await bed.stopWorker();
  const file = bed.world.workerEnv['REGISTRAR_CONFIG'] ?? '';
  const { policy: _policy, ...plain } = parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, stringify(plain));
  await bed.startWorker();
});

it('a check tells what today would be refused, with the line that allows it, and finds nothing wrong', async () => {
  await bed.world.repository.commitAs('ada', { 'oidc-clients/lodge.yaml': stringify(lodge) }, 'lodge has a file');
  const { rows } = bed.world.authentik.database;
  const role = { pk: randomUUID(), name: 'auditor', permissions: [] };
  rows.roles.push(role);
  const group = rows.groups.find(({ name }) => name === 'lodge-bots');
  if (group !== undefined) group.roles = [role.pk];

  const id = { ...options('lodge', { client: 'lodge' }), workflowId: 'oidc-check/lodge' };
  const { ok, findings }: CheckResult = await bed.client.workflow.execute('checkClient', id);

  expect(ok).toBe(true);
  expect(findings.map(({ severity, what, remedy }) => [severity, what, remedy])).toEqual([
    [
      'notice',
      'spec.access.everyone: letting in every user of Authentik is not allowed; it stands, and is not judged again',
      'Take it out of the registration when it may go, or have registrar.yaml allow it: policy: {everyone: true}',
    ],
    [
      'notice',
      expect.stringContaining('spec.groups.0.name: group "lodge-bots" gives its members role "auditor"'),
      expect.stringContaining('policy: {groups: {withRoles: ["lodge-bots"]}}'),
    ],
  ]);
});

it('a rotation is not stopped, and tells it too', async () => {
  const { outcome, warnings } = await bed.rotate('lodge');
  expect(outcome).toBe('rotated');
  expect(warnings.join()).toContain("today's policy would refuse spec.access.everyone");
  expect(warnings.join()).toContain('policy: {everyone: true}');
});

it('a rotation takes no registration from its input but the one that is known', async () => {
  const other = { ...lodge, spec: { ...lodge.spec, consumers: [probing('http://10.0.0.1/')] } };
  const before = await bed.world.snapshot();
  const failure = await bed.failure(await bed.startRotation('lodge', other));
  expect(failure.type).toBe('Refused');
  expect(failure.message).toContain('policy: {inline: true}');
  await bed.expectAsBefore(before);

  expect((await bed.rotate('lodge', lodge)).outcome).toBe('rotated');
});

it('a deregistration takes out what is registered, and nothing that only its input tells of', async () => {
  const before = await bed.world.snapshot();
  const ghost = { registration: clientNamed('ghost'), force: true };
  const failure = await bed.failure(await bed.client.workflow.start('deregisterClient', options('ghost', ghost)));
  expect(failure.type).toBe('Refused');
  expect(failure.message).toContain('policy: {inline: true}');
  await bed.expectAsBefore(before);

  const result: { outcome: string } = await bed.client.workflow.execute('deregisterClient', options('lodge', lodge));
  expect(result.outcome).toBe('deregistered');
});

function probing(url: string) {
  return { kind: 'manual' as const, name: 'the desk', steps: ['Enter the secret.'], probe: { url } };
}
