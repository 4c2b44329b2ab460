import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { rotatable } from '../rotationFaults.ts';
import type { JobName, Setting } from './settings.ts';
import { sampleOf } from './worlds.ts';

/** The client of a life, as it is registered and as it is changed to. */
export interface Client {
  readonly name: string;
  readonly registration: RegistrationInput;
  readonly changed: RegistrationInput;
}

/** Secret that the service's own ExternalSecret makes, in Authentik's namespace, where nobody else deploys. */
export const SERVICE = 'lived-oidc';

/**
 * With a service that has its file from Ansible; where what is on the target branch alone is deployed, with another that has an
 * ExternalSecret of its own. Under Argo CD such a service is led through its life by `consumersLife`.
 */
export function clientOf(setting: Setting, jobs: readonly JobName[]): Client {
  const registration = withService(rotatable('lived', sampleOf(setting)), setting);
  if (!jobs.includes('change')) return { name: 'lived', registration, changed: registration };
  const changed = { ...registration, spec: { ...registration.spec, redirectUris: ['https://lived.example/changed'] } };
  return { name: 'lived', registration, changed };
}

export function hasService({ deployer }: Setting): boolean {
  return deployer === 'flux' || deployer === 'external';
}

function withService(registration: RegistrationInput, setting: Setting): RegistrationInput {
  if (!hasService(setting)) return registration;
  const { spec } = registration;
  const service = {
    kind: 'externalSecret' as const,
    file: `fleet/edge/identity/${SERVICE}.yaml`,
    name: SERVICE,
    namespace: 'sso',
    secretStoreRef: { name: 'onepassword' },
    ...(setting.deployer === 'flux' ? { fluxKustomization: 'authentik' } : {}),
  };
  return { ...registration, spec: { ...spec, consumers: [...(spec.consumers ?? []), service] } };
}
