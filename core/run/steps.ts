import type { Installation } from '../installation/installation.ts';

/** The steps of a registration, by the names that people see. */
export const STEPS = [
  'acquireTurn',
  'preflight',
  'generateSecret',
  'storeSecret',
  'patchExternalSecret',
  'syncBlueprint',
  'pollBlueprintStatus',
  'renderAnsibleFiles',
  'verifyRegistration',
  'landChange',
  'cleanUp',
] as const;

/** What a run does for a secret alone. */
export const SECRET_STEPS = ['generateSecret', 'storeSecret', 'patchExternalSecret'] as const;

/** Only where Authentik's discovery may have a pod that is there already apply the blueprint. */
export const RENEW_STEP = 'renewPods';

/** Only where a consumer has an ExternalSecret of its own. */
export const DELIVER_STEP = 'deliverToConsumers';

/** Only where a person runs a consumer's playbook before the registration ends. */
export const CONFIRM_STEP = 'confirmConsumers';

export type ExtraStep = typeof RENEW_STEP | typeof DELIVER_STEP | typeof CONFIRM_STEP;

export type StepName = (typeof STEPS)[number] | ExtraStep;

/** With `land: first` the change lands before anything is deployed, and no turn is taken. `extra` steps come before the verification, but for new pods. */
export function stepsInOrder(land: Land, extra: readonly ExtraStep[] = []): readonly StepName[] {
  const before: Partial<Record<StepName, readonly StepName[]>> = {
    generateSecret: extra.filter((step) => step === RENEW_STEP),
    verifyRegistration: extra.filter((step) => step !== RENEW_STEP),
  };
  const all = STEPS.flatMap((step): readonly StepName[] => [...(before[step] ?? []), step]);
  if (land === 'last') return all;
  const rest = all.filter((step) => step !== 'acquireTurn' && step !== 'landChange');
  const at = rest.indexOf('storeSecret') + 1;
  return [...rest.slice(0, at), 'landChange', ...rest.slice(at)];
}

export type Land = Installation['gitops']['land'];
