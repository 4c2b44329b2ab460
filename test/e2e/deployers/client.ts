import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { rotatable } from '../rotationFaults.ts';
import type { Setting } from './settings.ts';
import { sampleOf } from './worlds.ts';

/** The client of a life, as it is registered and as it is changed to. */
export interface Client {
  readonly name: string;
  readonly registration: RegistrationInput;
  readonly changed: RegistrationInput;
}

/** With a service that has its file from Ansible. */
export function clientOf(setting: Setting): Client {
  const registration = rotatable('lived', sampleOf(setting));
  const changed = { ...registration, spec: { ...registration.spec, redirectUris: ['https://lived.example/changed'] } };
  return { name: 'lived', registration, changed };
}
