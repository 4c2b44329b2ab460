import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { assertHasSecret, assertTimes, setSchedule } from '../../client/commands/schedule.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

// Whether a schedule of rotations can be made, as far as a working copy and the client's runs tell.

describe('a schedule', () => {
  let repo: string;
  const client = clientNamed('phone');
  const installed = async (): Promise<void> =>
    writeFile(path.join(repo, 'registrar.yaml'), stringify((await sampleLayout('manual')).installation));
  const says = async (spec: object, ending = 'yaml'): Promise<void> =>
    writeFile(
      path.join(repo, `oidc-clients/phone.${ending}`),
      stringify({ ...client, spec: { ...client.spec, ...spec } }),
    );

  beforeEach(async () => {
    repo = await temporaryFolder();
    await mkdir(path.join(repo, 'oidc-clients'));
  });

  it('is not judged where nothing is known of the installation, or of the client', async () => {
    expect(() => assertHasSecret('phone', { repo })).not.toThrow();
    await installed();
    expect(() => assertHasSecret('phone', { repo })).not.toThrow();
  });

  it('is made of a client that has a secret', async () => {
    await installed();
    await says({ consumers: [] });
    expect(() => assertHasSecret('phone', { repo })).not.toThrow();
  });

  it.each(['yaml', 'yml'])('is refused of one that has none, by its registration in a .%s file', async (ending) => {
    await installed();
    await says({ clientType: 'public', consumers: [] }, ending);
    expect(() => assertHasSecret('phone', { repo })).toThrow(
      expect.objectContaining({
        kind: 'Refused',
        message: expect.stringContaining('client phone is public (spec.clientType), so it has no secret'),
      }),
    );
  });
});

it.each([
  [{}, 'give either "every" or "cron"'],
  [{ every: '90d', cron: '@monthly' }, 'give either "every" or "cron"'],
  [{ every: '5x' }, 'every "5x" is no duration'],
])('is refused by its options before Temporal is asked, and no file is blamed: %j', (policy, message) => {
  expect(() => assertTimes(policy)).toThrow(
    expect.objectContaining({ system: 'oidc-registrar', message: expect.stringContaining(message) }),
  );
});

describe('the last run of a client', () => {
  const MADE = new Error('the schedule is made');
  /** Temporal whose worker finds nothing of the client. */
  const temporalWith = (type: string, status: string): Client => {
    const described = async () => Promise.resolve({ type, status: { name: status } });
    const found = { findings: [{ system: 'registration file', what: 'client phone is not registered', remedy: '' }] };
    const none = async () => Promise.reject(new ScheduleNotFoundError('none', 'oidc-rotate/phone'));
    return {
      workflow: { getHandle: () => ({ describe: described }), execute: async () => Promise.resolve(found) },
      schedule: { getHandle: () => ({ describe: none, update: none }), create: async () => Promise.reject(MADE) },
    } as unknown as Client;
  };

  it('does not matter where the server refuses the times, which is said', async () => {
    const refusing = temporalWith('registerClient', 'COMPLETED');
    const wrong = Object.assign(new Error('3 INVALID_ARGUMENT'), { code: 3, details: 'CronString has no 5 fields' });
    refusing.schedule.create = async () => Promise.reject(wrong);
    await expect(setSchedule(refusing, 'phone', { cron: 'nonsense' }, () => undefined)).rejects.toMatchObject({
      kind: 'BadInput',
      message: 'the server refuses these times: CronString has no 5 fields',
    });
  });

  it.each([
    ['registerClient', 'COMPLETED', MADE.message],
    ['registerClient', 'RUNNING', MADE.message],
    ['rotateSecret', 'COMPLETED', MADE.message],
    ['registerClient', 'FAILED', 'client phone is not registered'],
    ['registerClient', 'CANCELLED', 'client phone is not registered'],
    ['registerClient', 'TERMINATED', 'client phone is not registered'],
    ['rotateSecret', 'FAILED', 'client phone is not registered'],
    ['deregisterClient', 'COMPLETED', 'client phone is not registered'],
  ])('tells whether it is registered, or a worker does: %s %s', async (type, status, outcome) => {
    await expect(setSchedule(temporalWith(type, status), 'phone', { every: '90d' }, () => undefined)).rejects.toThrow(
      outcome,
    );
  });
});
