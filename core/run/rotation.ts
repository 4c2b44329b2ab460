import type { Target } from '../consumers/kind.ts';
import type { Check } from './reports.ts';
import type { Job } from './job.ts';
import type { Land } from './steps.ts';
import type { RegisterInput } from './requests.ts';
import { pendingLabel, previousLabel } from '../names/labels.ts';
import { own } from '../base/own.ts';

/** The steps of a rotation, by the names that people see. */
const ROTATION_STEPS = [
  'preflight',
  'ready',
  'acquireTurn',
  'create',
  'set',
  'test',
  'distribute',
  'testConsumers',
  'finish',
] as const;
export type RotationStep = (typeof ROTATION_STEPS)[number];

/** With `land: first` no turn is taken. */
export function rotationSteps(land: Land): readonly RotationStep[] {
  return land === 'last' ? ROTATION_STEPS : ROTATION_STEPS.filter((step) => step !== 'acquireTurn');
}

/** As a registration's: `{"client": "zot"}` or the whole registration, `takeBack` for what a dead rotation left. */
export type RotateInput = RegisterInput;

export interface RotationRequest {
  readonly input: RotateInput;
  readonly client: string;
  readonly changeId: string;
  readonly digest: string;
  /** Nobody has started it: it is a Schedule's. */
  readonly scheduled?: boolean;
}

/** How far a rotation has come, by the vault's labels: nothing, a pending value, or the new value in service. */
type RotationStage = 'fresh' | 'created' | 'set';

/** One place where the secret must arrive. */
export interface RotationConsumer extends Target {
  /** Place of the consumer in `spec.consumers`. */
  readonly index: number;
  readonly probed: boolean;
}

/** Everything a later activity needs; no file is changed, so `edits` are all there already. */
export interface RotationJob extends Job {
  readonly stage: RotationStage;
  readonly targets: readonly RotationConsumer[];
}

export interface RotationPlan {
  readonly job: RotationJob;
  readonly warnings: readonly string[];
  /** Who reads the secret beyond what the registration declares, for the question to people. */
  readonly undeclared?: readonly string[];
}

/** How long new logins may have failed. */
export interface LoginWindow {
  readonly ms: number;
  readonly meaning: string;
}

export interface RotateResult {
  readonly client: string;
  readonly changeId: string;
  readonly outcome: 'rotated' | 'takenBack';
  /** ISO 8601, as it stands in the vault too; undefined where nothing was rotated. */
  readonly rotatedAt: string | undefined;
  readonly window: LoginWindow | undefined;
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  readonly warnings: readonly string[];
  readonly checks: readonly Check[];
}

/** What the labels of the vault say of a rotation that an earlier run left half-done. */
export type RotationMarks =
  | { readonly stage: 'fresh' }
  | { readonly stage: 'created'; readonly changeId: string }
  | { readonly stage: 'set' };

const UUID = /\(pending ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)$/;

/**
 * Reads the marks of a dead rotation of one vault field. Pure; the field itself must be in service. A pending value has never been
 * used anywhere: of several one is as good as another, and the run that goes on drops the rest at its end.
 */
export function rotationMarks(labels: readonly string[], vaultField: string): RotationMarks {
  const pending = labels.flatMap((label) => {
    const id = UUID.exec(label)?.[1];
    return id !== undefined && label === pendingLabel(vaultField, id) ? [id] : [];
  });
  const [changeId] = pending;
  if (labels.includes(previousLabel(vaultField))) return { stage: 'set' };
  return changeId === undefined ? { stage: 'fresh' } : { stage: 'created', changeId };
}

/** The command of registrar.yaml with its placeholders filled; each word stays one argument, no shell reads it. */
export function fillCommand(command: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return command.map((word) => word.replaceAll(/\{([a-z]+)\}/gi, (whole, name: string) => own(values, name) ?? whole));
}
