import type { WorkflowHandle } from '@temporalio/client';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import type { Fault } from '../../sandbox/faults/faults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { heldFor } from './holds.ts';
import type { TestBed } from './testBed.ts';

type Consumer = NonNullable<RegistrationInput['spec']['consumers']>[number];

/** A client whose consumer the job updates by itself, or a person does, and whose probe is a login. */
export function rotatable(
  name: string,
  layout: LayoutName = 'manual',
  apply: 'command' | 'none' = 'command',
): RegistrationInput {
  const registration = clientNamed(name, layout);
  const consumers = (registration.spec.consumers ?? []).map((consumer): Consumer => ({
    ...consumer,
    ...(consumer.kind === 'ansible' ? { apply } : {}),
    probe: { command: 'login' },
  }));
  return { ...registration, spec: { ...registration.spec, consumers } };
}

/** Where a rotation can be struck. Two places in `set`: before the vault is written, and once workers have the new value. */
export const PLACES = [
  'preflight',
  'acquireTurn',
  'create',
  'set in the vault',
  'set at Authentik',
  'test',
  'distribute',
  'testConsumers',
] as const;
export type Place = (typeof PLACES)[number] | 'finish';

export function stepOf(place: Place): string {
  return place.split(' ')[0] ?? place;
}

/** The request that a place is about. */
function requestOf(world: World, place: Place): Omit<Fault, 'effect'> {
  const apply = { method: 'POST', path: '/apply/' };
  switch (place) {
    case 'preflight':
      return { system: 'authentik', path: '/admin/version/' };
    case 'acquireTurn':
      return { system: `kubernetes/${world.installation.argocd?.cluster ?? 'hub'}`, method: 'POST', path: '/leases' };
    case 'create':
      return { system: 'connect', method: 'PUT', body: '\\(pending' };
    case 'set in the vault':
      return { system: 'connect', method: 'PUT', body: '-previous"' };
    case 'set at Authentik':
      return { system: 'authentik', ...apply };
    case 'test':
      // The new value alone is tried before, too, where it comes as a file.
      return { system: 'authentik', path: '/application/o/revoke/', when: ({ body }) => triesPrevious(world, body) };
    case 'distribute':
      return { system: 'consumer', method: 'POST', path: '/playbook' };
    case 'testConsumers':
      return { system: 'consumer', path: '/login', arm: { method: 'POST', path: '/playbook' } };
    case 'finish':
      // Every write carries the whole item, and with it the date of the rotation before.
      return { system: 'connect', method: 'PUT', body: '^(?!.*\\(pending)(?!.*-previous").*-rotated"' };
  }
}

function triesPrevious({ connect }: World, body: string): boolean {
  const tried = new URLSearchParams(body).get('client_secret');
  const fields = connect.store.all().flatMap((item) => item.fields);
  return fields.some(({ label, value }) => value === tried && label?.endsWith('-previous') === true);
}

/** Makes this place fail. What takes it back is not struck: but for the probe, which is asked until it is content, once. */
export function failPlace(world: World, place: Place): void {
  // Authentik takes the former secret still.
  const status = { test: 200, distribute: 500, testConsumers: 503 }[place as string] ?? 400;
  const refused = { detail: 'refused', message: 'refused', error: 'invalid_client' };
  // An API server refuses by a Status; other words are those of something in front of it, and pass.
  const status400 = { kind: 'Status', status: 'Failure', reason: 'BadRequest', code: 400, message: 'refused' };
  const body = { acquireTurn: status400, test: {} }[place as string] ?? refused;
  const times = place === 'testConsumers' ? {} : { times: 1 };
  world.faults.add({ ...requestOf(world, place), ...times, effect: { kind: 'error', status, body } });
}

/** Once the run takes back what it did: the undo asks the probe, too, and is to have its answer. */
export async function healUndo(bed: TestBed, handle: WorkflowHandle, place: string): Promise<void> {
  if (place !== 'testConsumers') return;
  await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');
  await bed.heal();
}

/** Makes this place take a while, so that a test can strike in the middle of it. */
export function holdPlace(world: World, place: Place): void {
  world.faults.add({ ...requestOf(world, place), times: 1, effect: heldFor(world, 1_500) });
}
