import { shellWord } from '../base/words.ts';
import { command } from './commands.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import type { Check, Leftover, StepReport } from './reports.ts';
import type { Land } from './steps.ts';

/** The steps of a deregistration, by the names that people see. */
const DEREGISTER_STEPS = [
  'acquireTurn',
  'planRemoval',
  'takeOutBlueprint',
  'takeOutExternalSecret',
  'removeApplication',
  'verifyRemoval',
  'landChange',
  'removeAccounts',
  'retireSecret',
  'cleanUp',
] as const;
/** Only where a consumer has an ExternalSecret of its own. */
export const TAKE_FROM_STEP = 'takeFromConsumers';
export type DeregisterStep = (typeof DEREGISTER_STEPS)[number] | typeof TAKE_FROM_STEP;

/** With `land: first` the change lands before anything is taken out, and no turn is taken. `delivers`: {@link TAKE_FROM_STEP} is one. */
export function deregisterStepsInOrder(land: Land, delivers = false): readonly DeregisterStep[] {
  const all = DEREGISTER_STEPS.flatMap((step): readonly DeregisterStep[] =>
    delivers && step === 'takeOutBlueprint' ? [TAKE_FROM_STEP, step] : [step],
  );
  if (land === 'last') return all;
  const rest = all.filter((step) => step !== 'acquireTurn' && step !== 'landChange');
  const at = rest.indexOf('planRemoval') + 1;
  return [...rest.slice(0, at), 'landChange', ...rest.slice(at)];
}

/**
 * `{"client": "zot"}`, or the whole registration, inline or under `registration`. `purge` deletes the secret from the vault,
 * `force` goes past consumers that still refer to the client; `doneByHand` says that a person has taken it out of those that
 * only people configure. With `takeBack` a half-done deregistration is taken back.
 */
export type DeregisterInput =
  | {
      readonly client?: string;
      readonly registration?: RegistrationInput;
      readonly purge?: boolean;
      readonly force?: boolean;
      readonly doneByHand?: boolean;
      readonly takeBack?: boolean;
    }
  | RegistrationInput;

export interface RemovalRequest {
  readonly input: DeregisterInput;
  readonly client: string;
  readonly changeId: string;
  readonly digest: string;
}

/** What one step took away, and what it left. */
export interface RemovalReport extends StepReport {
  readonly removed?: readonly string[];
  readonly kept?: readonly Leftover[];
}

export interface DeregisterResult {
  readonly client: string;
  readonly changeId: string;
  readonly outcome: 'deregistered' | 'unchanged' | 'takenBack';
  /** Commit of the target branch that takes the registration out; undefined where nothing was committed. */
  readonly commit: string | undefined;
  readonly removed: readonly string[];
  /** What stays because others use it, or because it was there before the registration. */
  readonly kept: readonly Leftover[];
  readonly warnings: readonly string[];
  /** What people still have to do. */
  readonly remaining: readonly string[];
  /** Proofs that the client is gone. */
  readonly checks: readonly Check[];
  /** {@link wayBack}, where a registration file went with the client. */
  readonly wayBack?: string;
}

/**
 * How a client that was taken out is registered again, by the file that went with it. Its entries come with the run: those of a commit
 * that is reverted would name a field that the vault has out of service, and External Secrets refreshes no key where one is not found.
 */
export function wayBack(client: string, file: string): string {
  const word = shellWord(file);
  const restore = `git restore --source="$(git rev-list -1 HEAD -- ${word})^" -- ${word}`;
  return `To register it again bring back its file alone, by \`${restore}\`, land that, and start ${command('register', client)}: it gets a new secret.`;
}
