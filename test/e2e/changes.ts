import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { StepName } from '../../core/run/steps.ts';
import { failStep, onePollFails } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { clientNamed } from '../fixtures/clients.ts';

type Spec = RegistrationInput['spec'];

/** The client as it is registered first. */
export function registered(name: string, layout: 'manual' | 'auto' = 'manual'): RegistrationInput {
  const client = clientNamed(name, layout);
  return { ...client, spec: { ...client.spec, launchUrl: `https://${name}.example/`, description: 'As it was' } };
}

/** Every kind of change, as what the registration says afterwards. */
export const CHANGES: readonly (readonly [string, (spec: Spec, name: string) => Partial<Spec>])[] = [
  ['a redirect URI more', (spec) => ({ redirectUris: [...spec.redirectUris, 'https://other.example/callback'] })],
  ['another redirect URI', () => ({ redirectUris: [{ matchingMode: 'regex', url: 'https://[a-z]+\\.example/cb' }] })],
  ['no launch page and a scope less', () => ({ launchUrl: undefined, scopes: ['openid', 'email'] })],
  ['a group more', (spec, name) => ({ access: { groups: [...groupsOf(spec), `${name}-bots`] } })],
  ['another group', (_spec, name) => ({ access: { groups: [`${name}-bots`] } })],
  ['no binding any more', () => ({ access: { everyone: true } })],
  [
    'other groups and accounts',
    (_spec, name) => ({ groups: [{ name: `${name}-team`, serviceAccounts: [{ username: `svc-${name}-2` }] }] }),
  ],
  [
    'another description and name of an account',
    (_spec, name) => ({
      description: 'As it is now',
      groups: [{ name: `${name}-bots`, serviceAccounts: [{ username: `svc-${name}`, name: 'Robot' }] }],
    }),
  ],
  ['no consumer', () => ({ consumers: [] })],
  [
    'another consumer',
    (spec, name) => ({
      consumers: (spec.consumers ?? []).map((consumer) => ({
        ...consumer,
        dest: `/etc/zot/${name}-two.json`,
        fact: `${name.replaceAll('-', '_')}_two`,
      })) as NonNullable<Spec['consumers']>,
    }),
  ],
];

function groupsOf({ access }: Spec): readonly string[] {
  return 'groups' in access ? access.groups : [];
}

export function changed(client: RegistrationInput, change: (typeof CHANGES)[number]): RegistrationInput {
  return { ...client, spec: { ...client.spec, ...change[1](client.spec, client.metadata.name) } };
}

/** Steps that do something where a client is changed, and may fail. */
export const CHANGE_STEPS = ['syncBlueprint', 'pollBlueprintStatus', 'verifyRegistration', 'landChange'] as const;

/** Makes a step fail once, so that the undo's own apply of the old blueprint does not. */
export async function failChange(
  world: World,
  step: StepName,
  { land, slug }: { readonly land: 'last' | 'first'; readonly slug: string },
): Promise<void> {
  if (step !== 'pollBlueprintStatus') return failStep(world, step, { land, slug, mayApply: true });
  world.faults.add(onePollFails());
  return undefined;
}
