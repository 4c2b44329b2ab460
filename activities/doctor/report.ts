import { CancelledFailure } from '@temporalio/common';
import { RegistrarError, type SystemName } from '../../core/base/errors.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import { masked } from '../../core/masking/masked.ts';
import type { Judge } from '../preflight/problems.ts';

type Amiss = Exclude<DoctorFinding['severity'], 'well'>;

/** Refusals by their words, each with the finding that tells it, which a look that needs the answer more makes worse. */
type Told = Map<string, { severity: Amiss }>;

/** One look at a system, which changes nothing. */
export interface Look {
  readonly system: SystemName;
  /** What is looked at, for people. */
  readonly what: string;
  readonly look: (report: Report) => Promise<void>;
}

/** How long one look may take, in milliseconds: a few requests that each end by themselves. */
const LOOK_MS = 45_000;

/** What all looks find, in their order. One that cannot end is a finding; the others are still made. */
export async function findingsOf(looks: readonly Look[]): Promise<readonly DoctorFinding[]> {
  const told: Told = new Map();
  const all = looks.map(async ({ system, what, look }) => {
    const report = new Report({ system, what }, told);
    const ended = await withTimeout(
      report.ask(() => look(report)).then(() => true),
      LOOK_MS,
    );
    if (ended !== true)
      report.amiss('error', `no end within ${LOOK_MS / 1000} s`, 'See that the system answers, and how quickly.');
    return report.findings;
  });
  return (await Promise.all(all)).flat();
}

/** Gathers what one look finds. */
export class Report {
  readonly #of: Pick<DoctorFinding, 'system' | 'what'>;
  /** Refusals that any look has told: several may wait for the same answer. */
  readonly #told: Told;
  readonly #findings: DoctorFinding[] = [];
  #isWell = true;

  constructor(of: Pick<DoctorFinding, 'system' | 'what'>, told: Told = new Map()) {
    this.#of = of;
    this.#told = told;
  }

  get findings(): readonly DoctorFinding[] {
    return [...this.#findings];
  }

  /** Whether nothing is amiss, as far as this look has come; what another one has told counts too. */
  get isWell(): boolean {
    return this.#isWell;
  }

  /** Notes that all is as a run needs it, unless something amiss has been found. */
  ends(message: string): void {
    if (this.isWell) this.well(message);
  }

  well(message: string): void {
    this.#findings.push({ ...this.#of, severity: 'well', message });
  }

  amiss(severity: Amiss, message: string, remedy: string): void {
    this.#isWell = false;
    this.#findings.push({ ...this.#of, severity, message, remedy });
  }

  /** The answer; undefined where it was refused, or did not come, which is an error to be told once. */
  async ask<T>(question: () => T | Promise<T>, severity: Amiss = 'error'): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof CancelledFailure) throw error;
      this.#refused(error, severity);
      return undefined;
    }
  }

  /** A judgement of preflight's, on what was read. */
  async judge<World>(world: World, judge: Judge<World>, severity: Amiss = 'error'): Promise<void> {
    for (const problem of (await this.ask(() => judge(world), severity)) ?? []) this.#refused(problem, severity);
  }

  #refused(error: unknown, severity: Amiss): void {
    if (!(error instanceof RegistrarError)) return this.#unexpected(error);
    const { system, message, remedy } = error;
    this.#isWell = false;
    const said = `${system}: ${message}`;
    const before = this.#told.get(said);
    if (before !== undefined) {
      if (severity === 'error') before.severity = severity;
      return;
    }
    const finding = { ...this.#of, system, severity, message, remedy };
    this.#told.set(said, finding);
    this.#findings.push(finding);
  }

  /** What is not ours may quote a request: of it no more than a masked line passes. */
  #unexpected(error: unknown): void {
    const { name, message } = error instanceof Error ? error : { name: typeof error, message: '' };
    this.amiss(
      'error',
      `unexpected ${name}: ${masked(message, 'long')}`,
      'If the systems are well, this is a defect of oidc-registrar.',
    );
  }
}
