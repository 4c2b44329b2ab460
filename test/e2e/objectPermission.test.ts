import { expect, it } from 'vitest';
import type { ProgressView } from '../../core/run/progress.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// The token may view and delete, but neither create nor apply blueprints. Then an administrator grants it one instance:
// `view_` and `add_blueprintinstance` on the row, and `view_role` on its own role.

let bed: TestBed;
useTestBed({ mayApply: false }, (started) => {
  bed = started;
});

it('a permission on one blueprint instance suffices for a re-run of its client, and for nothing else', async () => {
  const { world } = bed;
  const first = await bed.register('granted', clientNamed('granted'));
  expect(first.warnings.join('\n')).toContain('discovery mode');
  expect(await noteOfSync('granted')).toContain("left to Authentik's discovery");

  const instance = world.authentik.database.rows.instances.find((row) => row.path === 'custom/granted.yaml');
  world.objectPermissions.set(instance?.pk ?? '', new Set(['view_blueprintinstance', 'add_blueprintinstance']));
  world.objectPermissions.set(world.rolePk, new Set(['view_role']));
  // A pod without the variable had the last word: an apply is due.
  Object.assign(instance ?? {}, { status: 'error', last_applied_hash: '' });
  const applies = appliesOf(instance?.pk);

  const again = await bed.register('granted', clientNamed('granted'));

  expect(again.outcome).toBe('registered');
  expect(again.warnings.join()).not.toContain('discovery mode');
  expect(await noteOfSync('granted')).toContain('its apply asked for');
  // One of them is ours; Authentik's discovery may have come upon the emptied hash as well.
  expect(appliesOf(instance?.pk)).toBeGreaterThan(applies);
  expect(instance).toMatchObject({ status: 'successful' });
  expect((await bed.register('granted', clientNamed('granted'))).outcome).toBe('unchanged');

  const other = await bed.register('newcomer', clientNamed('newcomer'));
  expect(other.outcome).toBe('registered');
  expect(other.warnings.join('\n')).toContain('discovery mode');
  expect(await noteOfSync('newcomer')).toContain("left to Authentik's discovery");
});

it('without the global views the same token is refused, and told which it lacks', async () => {
  bed.world.permissions.delete('view_blueprintinstance');

  const failure = await bed.fail('seen', clientNamed('seen'));

  bed.world.permissions.add('view_blueprintinstance');
  expect(failure.type).toBe('Unauthorized');
  expect(failure.message).toContain('the token lacks authentik_blueprints.view_blueprintinstance');
});

async function noteOfSync(client: string): Promise<string | undefined> {
  const view = await bed.client.workflow.getHandle(IDS.client(client)).query<ProgressView>('progress');
  return view.steps.find((step) => step.name === 'syncBlueprint')?.note;
}

function appliesOf(pk: string | undefined): number {
  return bed.world.authentik.pool.tasks.filter((task) => task.instance === pk).length;
}
