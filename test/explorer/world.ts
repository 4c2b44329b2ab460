import type { Job, Plan } from '../../core/run/job.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import { DELIVER_STEP } from '../../core/run/steps.ts';
import type { Schedule } from './schedule.ts';
import { planRemoval, preflight, preflightRotation, refused } from './plans.ts';
import { type Act, ASKED, NOTHING, rotationActs } from './rotationActs.ts';
import { merge, type Proposal, type Proposals, REVERT_PROPOSED } from './proposals.ts';
import { type Made, Standing } from './standing.ts';
import { IDS } from '../../core/run/ids.ts';

interface Turn {
  readonly client: string;
  readonly changeId: string;
}

/** An edit of a file by which consumers get their secret. */
const DELIVERY = { step: DELIVER_STEP, entry: 'consumers', path: 'consumers.yaml', kind: 'created' } as const;

type Way = Pick<Schedule, 'land' | 'delivers'>;

const LANDED = { state: 'landed', commit: 'abc', note: '' } as const;

/**
 * The systems as far as the order of steps matters: what of each client is there. It does not forgive: a step that is asked for too
 * early, or an undo that would pull something away from under what still uses it, is written down as broken.
 */
export class ModelWorld {
  readonly land: Schedule['land'];
  readonly #delivers: boolean;
  readonly broken: string[] = [];
  turn: Turn | undefined;
  readonly #clients = new Map<string, Standing>();
  readonly #isOpen: (workflowId: string) => boolean;
  /** Where people merge. */
  readonly #proposals: Proposals | undefined;
  #values = 0;

  constructor({ land, delivers = false }: Way, isOpen: (workflowId: string) => boolean, proposals?: Proposals) {
    this.land = land;
    this.#delivers = delivers;
    this.#isOpen = isOpen;
    this.#proposals = proposals;
  }

  of(client: string): Standing {
    const standing = this.#clients.get(client) ?? new Standing(this.land, this.#delivers);
    this.#clients.set(client, standing);
    return standing;
  }

  /** A run's history says that this was to begin, whatever became of it: whoever comes next only goes forward. */
  begins(type: string, client: string): void {
    const { change } = this.of(client);
    if (change !== undefined && (change.removes ? type === 'removeAccounts' : type === 'cleanUp'))
      change.completed = true;
  }

  /** People merge a change, whoever has deployed it. */
  merge(proposal: Proposal): void {
    const wrong = merge(proposal, this.of(proposal.client), this.land);
    if (wrong !== undefined) this.broken.push(wrong);
  }

  /** What an activity does, by `fake` where nothing of it is kept here. Throws as the real one; undefined: it is to look again. */
  async act(type: string, args: readonly unknown[], fake: () => Promise<unknown>): Promise<unknown> {
    const asked = (args[0] ?? {}) as RotationJob & { deploys?: boolean };
    const standing = this.of(asked.client);
    if (type === 'acquireTurn') return this.#acquire(asked);
    if (type === 'awaitMerge') return this.#awaitMerge(asked);
    if (type === 'releaseTurn') return this.#release(asked);
    if (type === 'preflight') return preflight(standing, asked, await this.#found(fake));
    if (type === 'preflightRotation') return preflightRotation(standing, asked, await this.#found(fake));
    if (type === 'planRemoval') return planRemoval(standing, asked, await this.#found(fake));
    const act = this.#acts[type];
    return act === undefined ? fake() : act(standing, asked);
  }

  readonly #acts: Readonly<Record<string, Act>> = {
    ...rotationActs({
      broken: (what) => void this.broken.push(what),
      needsAll: (what, job) => this.#needs(what, job, this.of(job.client).whole),
      release: (client) => void this.#release({ client }),
      newValue: () => (this.#values += 1),
    }),
    generateSecret: (standing, job) => {
      // Where the secret is in service already nothing tells of the run before its branch does.
      if (standing.made.has('field')) return this.#needs('generateSecret', job, []);
      standing.begin(job.changeId, false);
      standing.made.add('pending');
      return this.#needs('generateSecret', job, []);
    },
    storeSecret: ({ made, secret }, job) => {
      if (made.delete('pending')) made.add('field');
      if (secret.inService === 0) secret.inService = this.#values += 1;
      return this.#needs('storeSecret', job, ['field']);
    },
    patchExternalSecret: (standing, job) => {
      standing.begin(job.changeId, false);
      this.#needs('patchExternalSecret', job, this.land === 'first' ? ['field', 'landed'] : ['field']);
      this.#deploys('patchExternalSecret', job.client);
      standing.made.add('externalSecret');
      return {};
    },
    syncBlueprint: ({ made, text }, job) => {
      this.#needs('syncBlueprint', job, ['field', 'externalSecret']);
      this.#deploys('syncBlueprint', job.client);
      made.add('blueprint').add('instance').add('application');
      text.live = text.wanted;
      return ASKED;
    },
    pollBlueprintStatus: ({ secret }, job) => {
      secret.atAuthentik = secret.inService;
      return this.#needs('pollBlueprintStatus', job, ['blueprint']);
    },
    renderAnsibleFiles: ({ secret }, job) => {
      secret.atConsumer = secret.inService;
      return this.#needs('renderAnsibleFiles', job, ['blueprint']);
    },
    verifyRegistration: (_, job) => {
      this.#needs(
        'verifyRegistration',
        job,
        this.of(job.client).whole.filter((each) => each !== 'landed'),
      );
      return { checks: [] };
    },
    landChange: (standing, job) =>
      job.removal === undefined ? this.#land(standing, job) : this.#landRemoval(standing, job),
    cleanUp: (standing, job) => {
      const right = job.removal === undefined ? standing.made.has('landed') : !standing.made.has('landed');
      if (!right) this.broken.push(`cleanUp of ${job.client} before it has landed`);
      this.#end(standing, job);
      this.#release({ client: job.client });
      return {};
    },
    settleLanding: (_, job) => {
      if (this.#hasLanded(job)) return LANDED;
      this.#proposals?.withdraw(job.client);
      return { state: 'notLanded' };
    },
    undoSyncBlueprint: (standing, job) => {
      if (standing.stood.has('blueprint')) {
        standing.text.live = standing.text.landed;
        return NOTHING;
      }
      this.#gone(standing, job, 'blueprint', this.land === 'first' ? ['landed'] : []);
      this.#gone(standing, job, 'instance', []);
      return this.#gone(standing, job, 'application', []);
    },
    deliverToConsumers: (standing, job) => {
      this.#needs('deliverToConsumers', job, this.land === 'first' ? ['field', 'landed'] : ['field']);
      this.#deploys('deliverToConsumers', job.client);
      standing.made.add('consumers');
      return {};
    },
    undoDeliverToConsumers: (standing, job) =>
      this.#gone(standing, job, 'consumers', this.land === 'first' ? ['landed'] : []),
    undoPatchExternalSecret: (standing, job) => this.#gone(standing, job, 'externalSecret', ['blueprint']),
    undoStoreSecret: (standing, job) => {
      const { made, stood } = standing;
      if (made.has('field') && !stood.has('field')) made.add('pending');
      return this.#gone(standing, job, 'field', ['externalSecret', 'blueprint', 'application', 'consumers']);
    },
    undoGenerateSecret: (standing, job) => {
      const undone = this.#gone(standing, job, 'pending', ['field', 'externalSecret', 'blueprint']);
      if (!standing.made.has('field')) standing.forget();
      return undone;
    },
    revertChange: (standing, job) => {
      this.#proposals?.withdraw(job.client);
      if (this.#proposals !== undefined && this.#hasLanded(job)) return REVERT_PROPOSED;
      if (job.removal !== undefined) standing.made.add('landed');
      else if (standing.stood.has('landed')) standing.text.landed = standing.change?.formerText ?? 0;
      else standing.made.delete('landed');
      return NOTHING;
    },
    deleteRunBranch: (standing, job) => {
      const { facts, stood, change } = standing;
      if (change === undefined || change.completed) {
        this.#end(standing, job);
        return NOTHING;
      }
      const differs = [...new Set([...facts, ...stood])].filter(
        (fact) => fact !== 'branch' && facts.has(fact) !== stood.has(fact),
      );
      if (differs.length > 0)
        this.broken.push(
          `the branch of ${job.client}, its record, is deleted while ${differs.join()} is not as before`,
        );
      this.#end(standing, job);
      return NOTHING;
    },

    takeFromConsumers: (standing, job) => this.#takeOut(standing, job, 'consumers', []),
    undoTakeFromConsumers: (standing, job) => this.#putBack(standing, job, 'consumers', ['field']),
    takeOutBlueprint: (standing, job) => {
      const out = this.#takeOut(standing, job, 'blueprint', []);
      // Authentik itself forgets an instance whose file is gone.
      standing.made.delete('instance');
      return out;
    },
    takeOutExternalSecret: (standing, job) => this.#takeOut(standing, job, 'externalSecret', ['blueprint']),
    removeApplication: (standing, job) => {
      this.#takeOut(standing, job, 'application', ['blueprint', 'externalSecret']);
      return { removed: ['the application'] };
    },
    verifyRemoval: (standing, job) => {
      this.#free('verifyRemoval', standing, job, ['consumers', 'blueprint', 'externalSecret', 'application']);
      return { checks: [] };
    },
    removeAccounts: (standing, job) => this.#free('removeAccounts', standing, job, ['application', 'landed']),
    retireSecret: (standing, job) => {
      this.#free('retireSecret', standing, job, ['application', 'blueprint', 'externalSecret', 'consumers', 'landed']);
      standing.made.delete('field');
      standing.made.delete('pending');
      standing.forget();
      return {};
    },
    undoTakeOutExternalSecret: (standing, job) => this.#putBack(standing, job, 'externalSecret', ['field']),
    undoTakeOutBlueprint: (standing, job) => this.#putBack(standing, job, 'blueprint', ['field', 'externalSecret']),
    undoRemoveApplication: (standing, job) => {
      const { secret } = standing;
      secret.atAuthentik = secret.inService;
      this.#putBack(standing, job, 'instance', []);
      return this.#putBack(standing, job, 'application', ['field', 'externalSecret', 'blueprint']);
    },
  };

  #acquire({ client, changeId, deploys }: Turn & { readonly deploys?: boolean }): unknown {
    const held = this.turn;
    if (held !== undefined && held.client !== client) {
      if (this.#isOpen(IDS.client(held.client))) return undefined;
      if (deploys !== false) this.#assertNoOtherHalfDone(client);
    }
    const { change } = this.of(client);
    const dead = change !== undefined && !this.of(client).isDone ? change.id : undefined;
    this.turn = { client, changeId: dead ?? changeId };
    return { changeId: dead ?? changeId, note: 'the turn is ours' };
  }

  /** One that is held under another change id is the record of a dead run. */
  #release({ client, changeId }: { readonly client: string; readonly changeId?: string | undefined }): object {
    const { turn } = this;
    if (turn?.client === client && (changeId === undefined || turn.changeId === changeId)) this.turn = undefined;
    return NOTHING;
  }

  #assertNoOtherHalfDone(client: string): void {
    const other = this.#otherHalfDone(client);
    if (other !== undefined) throw refused(`${other} is half done`);
  }

  /** What a dead run has deployed is not on the target branch: deploying from there would take it away. */
  #otherHalfDone(client: string): string | undefined {
    if (this.land === 'first') return undefined;
    return [...this.#clients].find(
      ([name, each]) =>
        name !== client && each.change !== undefined && each.isLiveElsewhere && !this.#isOpen(IDS.client(name)),
    )?.[0];
  }

  #deploys(type: string, client: string): void {
    const other = this.#otherHalfDone(client);
    if (other !== undefined)
      this.broken.push(`${type} of ${client} takes away what a dead run of ${other} has deployed`);
  }

  #land(standing: Standing, job: Job): object {
    const { made, text } = standing;
    standing.begin(job.changeId, false);
    this.#needs(
      'landChange',
      job,
      this.land === 'first' ? ['field'] : standing.whole.filter((each) => each !== 'landed'),
    );
    if (this.#proposals !== undefined && !this.#hasLanded(job)) return this.#proposals.open(job, standing);
    made.add('landed');
    text.landed = text.wanted;
    return LANDED;
  }

  #landRemoval(standing: Standing, job: Job): object {
    if (this.land === 'last')
      this.#free('landChange', standing, job, ['consumers', 'blueprint', 'externalSecret', 'application']);
    standing.begin(job.changeId, true);
    this.#needs('landChange', job, []);
    if (this.#proposals !== undefined && !this.#hasLanded(job)) return this.#proposals.open(job, standing);
    standing.made.delete('landed');
    return LANDED;
  }

  #awaitMerge(job: Job): object | undefined {
    if (this.#hasLanded(job)) return LANDED;
    if (this.#proposals?.stateOf(job.client) !== 'open') throw refused('the pull request was closed without a merge');
    return undefined;
  }

  #end(standing: Standing, { client }: Pick<Job, 'client'>): void {
    this.#proposals?.withdraw(client);
    standing.end();
  }

  async #found(fake: () => Promise<unknown>) {
    const landBy = this.#proposals === undefined ? undefined : ('pullRequest' as const);
    const edits = this.#delivers ? [DELIVERY] : [];
    const way = { edits, ...(landBy === undefined ? {} : { landBy }) };
    return {
      plan: (await fake()) as Plan,
      way,
      assertNoOther: (client: string) => this.#assertNoOtherHalfDone(client),
    };
  }

  #hasLanded(job: Job): boolean {
    return this.of(job.client).made.has('landed') === (job.removal === undefined) && this.#isOwn(job);
  }

  /** The change is this one's: one that landed before it is nothing that it could find landed. */
  #isOwn({ client, changeId, removal }: Job): boolean {
    const { change, text } = this.of(client);
    if (change?.id !== changeId) return false;
    return removal !== undefined || text.landed === text.wanted;
  }

  #takeOut(standing: Standing, job: Job, made: Made, mustBeGone: readonly Made[]): object {
    standing.begin(job.changeId, true);
    this.#free(`taking out ${made}`, standing, job, this.land === 'first' ? [...mustBeGone, 'landed'] : mustBeGone);
    this.#needs(`taking out ${made}`, job, ['field']);
    if (made !== 'application') this.#deploys(`taking out ${made}`, job.client);
    standing.made.delete(made);
    return {};
  }

  #putBack(standing: Standing, job: Job, made: Made, needs: readonly Made[]): object {
    this.#needs(`putting back ${made}`, job, this.land === 'first' ? [...needs, 'landed'] : needs);
    if (standing.stood.has(made)) standing.made.add(made);
    return NOTHING;
  }

  #needs(what: string, { client }: Pick<Job, 'client'>, needs: readonly Made[]): object {
    const { made } = this.of(client);
    const missing = needs.filter((fact) => !made.has(fact));
    if (missing.length > 0) this.broken.push(`${what} of ${client} without ${missing.join()}`);
    if (this.land === 'last' && this.turn?.client !== client)
      this.broken.push(`${what} of ${client} while the turn is ${this.turn?.client ?? 'nobody'}'s`);
    return {};
  }

  #free(what: string, { made }: Standing, { client }: Pick<Job, 'client'>, mustBeGone: readonly Made[]): object {
    const left = mustBeGone.filter((fact) => made.has(fact));
    if (left.length > 0) this.broken.push(`${what} of ${client} under ${left.join()}`);
    return {};
  }

  #gone(standing: Standing, { client }: Job, fact: Made, mustBeGone: readonly Made[]): object {
    if (standing.stood.has(fact) || !standing.made.has(fact)) return NOTHING;
    this.#free(`taking ${fact} back`, standing, { client }, mustBeGone);
    standing.made.delete(fact);
    return { ...NOTHING, undone: [fact] };
  }
}
