import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { CheckAllResult } from '../../core/check/finding.ts';
import { deregister } from './deregistering.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const client = rotatable('left');
const FIELD = 'left-client-secret';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const pending = (): readonly string[] => fields().filter((label) => label.startsWith(`${FIELD} (pending `));

function fields(): readonly string[] {
  return bed.world.connect.item(bed.world.installation.vault.itemId).fields.map(({ label = '' }) => label);
}

beforeAll(async () => {
  await bed.register('left', client);
});

/** As writes that reached the vault after the undo of their runs: two values that nothing uses. */
beforeEach(() => {
  bed.world.connect.edit(bed.world.installation.vault.itemId, (item) => {
    item.fields = item.fields.filter(({ label }) => label?.includes('(pending ') !== true);
    for (const digit of ['1', '2']) {
      const id = `${digit.repeat(8)}-2222-4333-8444-555555555555`;
      item.fields.push({
        label: `${FIELD} (pending ${id})`,
        type: 'CONCEALED',
        value: `late-value-number-${digit}-0123456789`,
      });
    }
  });
  expect(pending()).toHaveLength(2);
});

it('a check finds what is left of a client that never was registered, unless its run is open', async () => {
  bed.world.connect.edit(bed.world.installation.vault.itemId, (item) => {
    const label = 'ghost-client-secret (pending 33333333-2222-4333-8444-555555555555)';
    item.fields.push({ label, type: 'CONCEALED', value: 'late-value-of-a-ghost-0123456789' });
  });
  const options = { taskQueue: IDS.taskQueue, workflowId: 'check-all', args: [] };
  const { ok, clients } = (await bed.client.workflow.execute('checkAllClients', options)) as CheckAllResult;
  expect(ok).toBe(false);
  expect(clients.find(({ client }) => client === 'ghost')).toMatchObject({
    ok: false,
    findings: [
      {
        system: '1Password',
        severity: 'drift',
        what: expect.stringContaining(
          'a pending field of ghost-client-secret (change 33333333-2222-4333-8444-555555555555)',
        ),
        remedy: expect.stringContaining('register ghost'),
      },
    ],
  });
});

it('the next registration removes what closed runs have left pending', async () => {
  expect((await bed.register('left', client)).outcome).toBe('registered');
  expect(pending()).toEqual([]);
});

it('the next rotation does', async () => {
  expect((await bed.rotate('left', client)).outcome).toBe('rotated');
  expect(pending()).toEqual([]);
  expect(await bed.world.consumer.works('left')).toBe(true);
});

it('the next deregistration does', async () => {
  expect((await deregister(bed, 'left', client)).outcome).toBe('deregistered');
  expect(pending()).toEqual([]);
  expect(fields()).not.toContain(FIELD);
});
