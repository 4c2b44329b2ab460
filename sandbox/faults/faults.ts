import type { Spoiler } from './spoiled.ts';

/** Faults that can be put into a stand-in: by a test, by `--fail`, or by `--fault` as {@link parseFault} reads it. */

export type FaultEffect =
  /** Answer this instead of doing the work. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Do the work later: so long after the request, or after `from` has come. */
  | { readonly kind: 'delay'; readonly ms: number; readonly from?: () => Promise<unknown> }
  /** Answer the system's own "someone else wrote" error. */
  | { readonly kind: 'conflict' }
  /** Do the work and close the connection without an answer. */
  | { readonly kind: 'loseAnswer' }
  /** Do the work and spoil the answer on its way. */
  | { readonly kind: 'spoil'; readonly how: Spoiler }
  /** Never answer. */
  | { readonly kind: 'hang' }
  /** Do the work, and this before the answer: a test strikes between a read and the write that follows it. */
  | { readonly kind: 'interpose'; readonly act: (method: string) => Promise<void> | void }
  /** A behaviour of the system itself, by name: `neverSuccessful`, `neverReady`, `rolloutNeverEnds`, … */
  | { readonly kind: 'behaviour'; readonly name: string; readonly argument?: string };

export interface Fault {
  /** `authentik`, `connect`, `git`, `argocd`, `externalSecrets`, `kubelet`, or `kubernetes/<cluster>`. */
  readonly system: string;
  /** HTTP method; any where absent. */
  readonly method?: string;
  /** Regular expression on path and query; any where absent. */
  readonly path?: string;
  /** Regular expression on the request's body. */
  readonly body?: string;
  /** Sleeps until a request that matches this has been seen, of the same system where it names none. */
  readonly arm?: Pattern & { readonly system?: string };
  /** Strikes only where this says so. */
  readonly when?: (request: Request) => boolean;
  /** Let so many matching requests pass first. */
  readonly after?: number;
  /** Then strike so many times; for ever where absent. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

/** The faults in force and what they still have to do. Shared by all stand-ins of one sandbox. */
export class Faults {
  /** Every error of every stand-in repeats the request that it answers. */
  echo = false;
  readonly #active: { readonly fault: Fault; armed: boolean; passed: number; struck: number }[] = [];

  add(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#active.push({ fault, armed: fault.arm === undefined, passed: 0, struck: 0 });
  }

  clear(system?: string): void {
    if (system === undefined) this.echo = false;
    for (let i = this.#active.length - 1; i >= 0; i -= 1) {
      if (system === undefined || this.#active[i]?.fault.system === system) this.#active.splice(i, 1);
    }
  }

  /** Takes one out. */
  remove(fault: Fault): void {
    const at = this.#active.findIndex((entry) => entry.fault === fault);
    if (at !== -1) this.#active.splice(at, 1);
  }

  list(): readonly Fault[] {
    return this.#active.map((entry) => entry.fault);
  }

  /** How often a fault has struck so far. */
  struck(fault: Fault): number {
    return this.#active.find((entry) => entry.fault === fault)?.struck ?? 0;
  }

  /** The effect that strikes this request, counted as struck. */
  strike(system: string, request: Request): FaultEffect | undefined {
    for (const entry of this.#active) {
      const { fault } = entry;
      if (!entry.armed) {
        const { arm } = fault;
        entry.armed = arm !== undefined && (arm.system ?? fault.system) === system && matches(arm, request);
        continue;
      }
      if (fault.system !== system) continue;
      if (fault.effect.kind === 'behaviour' || !matches(fault, request) || fault.when?.(request) === false) continue;
      if (entry.passed < (fault.after ?? 0)) {
        entry.passed += 1;
        continue;
      }
      if (fault.times !== undefined && entry.struck >= fault.times) continue;
      entry.struck += 1;
      return fault.effect;
    }
    return undefined;
  }

  /**
   * The behaviour fault of that name in force for a system, counted as struck when `count` is true: ask so only where it
   * strikes. `applies` leaves out those whose argument means something else.
   */
  behaviour(
    system: string,
    name: string,
    count = false,
    applies: (argument: string | undefined) => boolean = () => true,
  ): { readonly argument: string | undefined } | undefined {
    for (const entry of this.#active) {
      const { fault } = entry;
      if (fault.system !== system || fault.effect.kind !== 'behaviour' || fault.effect.name !== name) continue;
      if (!entry.armed || !applies(fault.effect.argument)) continue;
      if (fault.times !== undefined && entry.struck >= fault.times) continue;
      if (count && entry.passed < (fault.after ?? 0)) {
        entry.passed += 1;
        continue;
      }
      if (count) entry.struck += 1;
      return { argument: fault.effect.argument };
    }
    return undefined;
  }
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

interface Pattern {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

function matches(pattern: Pattern, request: Request): boolean {
  if (pattern.method !== undefined && pattern.method !== request.method) return false;
  if (pattern.path !== undefined && !new RegExp(pattern.path).test(request.path)) return false;
  return pattern.body === undefined || new RegExp(pattern.body, 's').test(request.body);
}
