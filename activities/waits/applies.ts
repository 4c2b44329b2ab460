import { OTHER_END } from '../../core/authentik/endOfAccess.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { filesOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import type { BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { note, noted, throwIfCancelled } from '../kit/wait.ts';
import { makeNewPods } from './restart.ts';

/** An `error` may be of another apply (discovery, an old pod without the variable): it counts after so many. */
const MAX_APPLIES = 4;

/** As a heartbeat holds it. */
interface Noted {
  /** Applies asked for so far, the one of syncBlueprint included. */
  applies: number;
  /** Those of them that nothing was heard of in time. Absent in heartbeats of before they were told apart. */
  unheard?: number;
  /** Apply tasks that were there before the newest request. */
  known: readonly string[];
  askedAt: number;
  lastApplied: string;
  /** Why the newest apply does not count, in Authentik's own words. */
  words: string;
  /** When the first apply was asked for. Absent in heartbeats of before secrets came by files. */
  since?: number;
}

/** The applies of one section that a run has asked for: how many, since when, and why the newest does not count. */
export class Applies {
  readonly #deps: Deps;
  readonly #job: Job;
  readonly #noted: Noted;

  /** A retry of the activity goes on counting where the attempt before stopped. */
  constructor(deps: Deps, job: Job, asked: ApplyAsked) {
    this.#deps = deps;
    this.#job = job;
    const saved = noted()[this.#note] as Noted | undefined;
    this.#noted = saved ?? {
      applies: 1,
      known: asked.knownTasks,
      askedAt: temporalNow(),
      lastApplied: asked.lastApplied,
      words: 'silence',
      since: temporalNow(),
    };
  }

  /** What there was before the newest was asked for. */
  get before(): Pick<Noted, 'known' | 'lastApplied'> {
    return this.#noted;
  }

  /** When the newest was asked for, where it is not the first. */
  get askedAgainAt(): number | undefined {
    return this.#noted.applies === 1 ? undefined : this.#noted.askedAt;
  }

  /**
   * Whether it is time to ask once more, for nothing is heard. An apply waits behind all that Authentik's workers have to do, and each
   * further one is more of that: the silence that is borne is doubled each time.
   */
  get isSilent(): boolean {
    return this.waitedMs > this.#deps.installation.timings.applyAgainMs * 2 ** (this.#noted.unheard ?? 0);
  }

  /** How long the newest has been waited for. */
  get waitedMs(): number {
    return temporalNow() - this.#noted.askedAt;
  }

  /** How long all of them have been waited for. */
  get waitedInAllMs(): number {
    return temporalNow() - (this.#noted.since ?? this.#noted.askedAt);
  }

  /** Asks for another one, for this reason. Throws `Failed` with it where there have been enough. Answers which try it is, in words. */
  async again(instance: BlueprintInstance | undefined, words: string): Promise<string> {
    this.#noted.words = words;
    const heard = this.#noted.applies - (this.#noted.unheard ?? 0);
    if (heard >= MAX_APPLIES) throw this.failed(words);
    await this.another(instance, words);
    return `try ${heard + 1} of ${MAX_APPLIES}`;
  }

  /** Asks for another one, for nothing is heard of the newest. That fails nothing: the time for the wait ends it. */
  async unheard(instance: BlueprintInstance | undefined, words: string): Promise<string> {
    this.#noted.unheard = (this.#noted.unheard ?? 0) + 1;
    this.#noted.words = words;
    // Whichever of them ends first is an answer: the newest waits behind all others.
    await this.#ask(instance);
    return 'it was asked for once more';
  }

  /** Asks for another one, for this reason, however many there have been. */
  async another(instance: BlueprintInstance | undefined, words: string): Promise<void> {
    const state = this.#noted;
    state.words = words;
    if (instance !== undefined) {
      // What was tried before says nothing about the next try.
      state.known = (await this.#deps.authentik.applyTasks(instance.pk)).map((task) => task.id);
      state.lastApplied = instance.lastApplied;
    }
    await this.#ask(instance);
  }

  /** Has it applied: by Authentik, or by new workers, which do that as they start. */
  async #ask(instance: BlueprintInstance | undefined): Promise<void> {
    throwIfCancelled();
    const { authentik } = this.#deps;
    const state = this.#noted;
    state.applies += 1;
    state.askedAt = temporalNow();
    note({ [this.#note]: { ...state } });
    if (this.#job.mode === 'apply' && instance !== undefined) {
      await authentik.apply(instance.pk);
      return;
    }
    await makeNewPods(this.#deps, this.#job, `${this.#job.changeId}-${state.applies}`);
    state.askedAt = temporalNow();
  }

  /** That none of them ended well, and why the newest did not. */
  failed(words: string): RegistrarError {
    const { names } = this.#job;
    const noEnd = words.includes(OTHER_END);
    const follows = filesOf(names).map((file) => ` See that ${file} is there in every worker and follows the Secret.`);
    return new RegistrarError({
      system: 'Authentik',
      kind: 'Failed',
      message: `blueprint ${names.blueprintPath} was applied ${this.#noted.applies} times and never ended well: ${words}`,
      remedy: noEnd
        ? 'This Authentik took over no end of access from the blueprint: take "until" out of spec.access, and end the access by hand.'
        : `Mend what Authentik names; a "KeyOf" sentence hides the true one, which stands in the worker log.${follows.join('')}`,
    });
  }

  /** Under what the attempts of one section of several are noted. */
  get #note(): string {
    const { names, blueprint } = this.#job;
    return blueprint.whole === undefined ? 'attempt' : `attempt ${names.blueprintPath}`;
  }
}
