import { ApplicationFailure } from '@temporalio/common';
import type { Land } from '../../core/run/steps.ts';
import { canonicalWorkflowId } from '../../core/run/requests.ts';
import type { Job, Plan } from '../../core/run/job.ts';

/** What a registration makes. */
export type Fact = 'pending' | 'field' | 'branch' | 'landed' | 'externalSecret' | 'blueprint';

/** How each is named in what a run lists. */
export const LISTED: Readonly<Record<Fact, RegExp>> = {
  pending: /vault field/,
  field: /vault field/,
  branch: /branch |everything that change/,
  landed: /on the target branch|everything that change/,
  externalSecret: /ExternalSecret's entry/,
  blueprint: /blueprint/,
};

interface Turn {
  readonly client: string;
  readonly changeId: string;
}

const NOTHING = { undone: [], kept: [], blocks: false } as const;

/**
 * The systems as far as the order of steps matters: what of each client is there. It does not forgive: a step that is asked for too
 * early, or an undo that would pull something away from under what still uses it, is written down as broken.
 */
export class ModelWorld {
  readonly land: Land;
  readonly facts = new Map<string, Set<Fact>>();
  readonly broken: string[] = [];
  turn: Turn | undefined;
  readonly #changes = new Map<string, string>();
  readonly #isOpen: (workflowId: string) => boolean;

  constructor(land: Land, isOpen: (workflowId: string) => boolean) {
    this.land = land;
    this.#isOpen = isOpen;
  }

  of(client: string): Set<Fact> {
    const facts = this.facts.get(client) ?? new Set();
    this.facts.set(client, facts);
    return facts;
  }

  /** Registered whole, and nothing else. */
  isRegistered(client: string): boolean {
    return [...this.of(client)].toSorted().join() === 'blueprint,externalSecret,field,landed';
  }

  /** What an activity does, by `fake` where nothing of it is kept here. Throws as the real one; undefined: another has the turn. */
  async act(type: string, args: readonly unknown[], fake: () => Promise<unknown>): Promise<unknown> {
    const { client = '', changeId = '' } = (args[0] ?? {}) as Partial<Job>;
    const facts = this.of(client);
    switch (type) {
      case 'acquireTurn':
        return this.#acquire(client, changeId);
      case 'preflight': {
        const dead = this.#changes.get(client);
        const plan = (await fake()) as Plan;
        const job = { ...plan.job, client, changeId: dead ?? changeId, continued: dead !== undefined };
        return { ...plan, job, unchanged: dead === undefined && this.isRegistered(client) };
      }
      case 'generateSecret':
        this.#changes.set(client, changeId);
        facts.add('branch');
        if (!facts.has('field')) facts.add('pending');
        return this.#made(client, type, []);
      case 'storeSecret':
        if (facts.delete('pending')) facts.add('field');
        return this.#made(client, type, ['field']);
      case 'patchExternalSecret':
        facts.add('externalSecret');
        return this.#made(client, type, this.land === 'first' ? ['field', 'landed'] : ['field']);
      case 'syncBlueprint':
        facts.add('blueprint');
        this.#made(client, type, ['field', 'externalSecret']);
        return { asked: { instance: 'pk', knownTasks: [], lastApplied: '' } };
      case 'pollBlueprintStatus':
      case 'renderAnsibleFiles':
        return this.#made(client, type, ['blueprint']);
      case 'verifyRegistration':
        this.#made(client, type, ['field', 'externalSecret', 'blueprint']);
        return { checks: [] };
      case 'landChange':
        facts.add('landed');
        this.#made(client, type, this.land === 'first' ? ['field'] : ['field', 'externalSecret', 'blueprint']);
        return { state: 'landed', commit: 'abc', note: '' };
      case 'cleanUp':
        if (!this.isRegistered(client) && !facts.has('branch'))
          this.broken.push(`${type} of ${client} before it is registered`);
        this.#forgetBranch(client);
        if (this.turn?.client === client) this.turn = undefined;
        return {};
      case 'settleLanding':
        return facts.has('landed') ? { state: 'landed', commit: 'abc' } : { state: 'notLanded' };
      case 'undoSyncBlueprint':
        return this.#gone(client, 'blueprint', this.land === 'first' ? ['landed'] : []);
      case 'undoPatchExternalSecret':
        return this.#gone(client, 'externalSecret', ['blueprint']);
      case 'undoStoreSecret':
        if (facts.has('field')) facts.add('pending');
        return this.#gone(client, 'field', ['externalSecret', 'blueprint']);
      case 'undoGenerateSecret':
        return this.#gone(client, 'pending', ['field', 'externalSecret', 'blueprint']);
      case 'revertChange':
        return this.#gone(client, 'landed', []);
      case 'deleteRunBranch':
        this.#gone(client, 'branch', ['pending', 'field', 'externalSecret', 'blueprint', 'landed']);
        this.#forgetBranch(client);
        return NOTHING;
      case 'releaseTurn':
        if (this.turn?.client === client) this.turn = undefined;
        return NOTHING;
      default:
        return fake();
    }
  }

  #acquire(client: string, changeId: string): unknown {
    const held = this.turn;
    if (held !== undefined && held.client !== client) {
      const dead = !this.#isOpen(canonicalWorkflowId(held.client));
      const live = ['externalSecret', 'blueprint'].some((fact) => this.of(held.client).has(fact as Fact));
      if (dead && live && !this.of(held.client).has('landed'))
        throw ApplicationFailure.nonRetryable(`${held.client} is half done`, 'Refused', {
          system: 'test',
          remedy: 'Run it.',
        });
      if (!dead) return undefined;
    }
    const dead = this.#changes.get(client);
    this.turn = { client, changeId: dead ?? changeId };
    return { changeId: dead ?? changeId, note: 'the turn is ours' };
  }

  #forgetBranch(client: string): void {
    this.of(client).delete('branch');
    this.#changes.delete(client);
  }

  #made(client: string, type: string, needs: readonly Fact[]): object {
    const facts = this.of(client);
    const missing = needs.filter((fact) => !facts.has(fact));
    if (missing.length > 0) this.broken.push(`${type} of ${client} without ${missing.join()}`);
    if (this.land === 'last' && this.turn?.client !== client)
      this.broken.push(`${type} of ${client} while the turn is ${this.turn?.client ?? 'nobody'}'s`);
    return {};
  }

  #gone(client: string, fact: Fact, mustBeGone: readonly Fact[]): object {
    const facts = this.of(client);
    const inUse = mustBeGone.filter((other) => facts.has(other));
    if (inUse.length > 0 && facts.has(fact))
      this.broken.push(`${fact} of ${client} is taken back under ${inUse.join()}`);
    return { ...NOTHING, undone: facts.delete(fact) ? [fact] : [] };
  }
}
