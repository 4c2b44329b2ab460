import { RegistrarError } from '../../core/base/errors.ts';
import { Several, throwAll } from '../../core/base/several.ts';
import { type DeliveredNames, isPublic } from '../../core/names/delivered.ts';
import { mergedAllow } from '../../core/policy/mergedAllow.ts';

type Judged = void | readonly RegistrarError[];

/** One judgement of what was read. Throws what it refuses; one that may refuse several things returns them. */
export type Judge<World> = (world: World) => Judged | Promise<Judged>;

/** A judgement of how a secret arrives, which a public client has not. */
export function ofSecret<World extends { readonly names?: Pick<DeliveredNames, 'public'> | undefined }>(
  judge: Judge<World>,
): Judge<World> {
  return (world) => (isPublic(world.names ?? {}) ? [] : judge(world));
}

/** What a system told, or how it refused to: that is judged in its turn. */
export type Told<T> = T | RegistrarError;

/** Asks, and takes a refusal for an answer, too. What a repetition may mend is thrown: of it nothing is known. */
export async function ask<T>(question: () => T | Promise<T>): Promise<Told<T>> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.retryable) throw error;
    return error;
  }
}

/** What was told. Throws the refusal. */
export function told<T>(answer: Told<T>): T {
  if (answer instanceof RegistrarError) throw answer;
  return answer;
}

/** What was told, or another value where that was refused: then a judgement has said so. */
export function toldOr<T, Other>(answer: Told<T>, other: Other): T | Other {
  return answer instanceof RegistrarError ? other : answer;
}

/** What a check refuses of each of these. */
export async function refusedOf<T>(all: readonly T[], check: (each: T) => unknown): Promise<readonly RegistrarError[]> {
  const problems = new Problems();
  for (const each of all) await problems.collect(() => check(each));
  return problems.found;
}

/**
 * Gathers what preflight refuses, so that people see all of it at once. What a repetition may mend is thrown at
 * once: an incomplete look must not be reported as the whole truth.
 */
export class Problems {
  readonly #found: RegistrarError[] = [];

  /** Runs a check; undefined where it found a problem. */
  async collect<T>(look: () => T | Promise<T>): Promise<T | undefined> {
    const answer = await ask(look);
    if (answer instanceof RegistrarError) this.add(answer);
    return toldOr(answer, undefined);
  }

  /** Judges what was read, one judgement after the other: in this order people read what they refuse. */
  async judge<World>(world: World, judges: readonly Judge<World>[]): Promise<void> {
    for (const judge of judges) for (const problem of (await this.collect(() => judge(world))) ?? []) this.add(problem);
  }

  add(problem: RegistrarError): void {
    this.#found.push(...(problem instanceof Several ? problem.problems : [problem]));
  }

  get found(): readonly RegistrarError[] {
    return this.#found;
  }

  get none(): boolean {
    return this.#found.length === 0;
  }

  /** Throws one error that holds all problems, of the system and kind of the first. */
  throwIfAny(): void {
    throwAll(this.#found, allowedTogether(this.#found));
  }
}

/** What the policy can allow of several problems, as one entry for `registrar.yaml`; empty where that is no more than one line. */
export function allowedTogether(problems: readonly RegistrarError[]): string {
  const entry = mergedAllow(problems.flatMap(({ allow }) => allow ?? []));
  return entry === undefined ? '' : ` What registrar.yaml can allow of them, as one entry: ${entry}`;
}
