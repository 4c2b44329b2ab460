import { ApplicationFailure } from '@temporalio/common';
import type { Leftover } from '../../core/run/reports.ts';
import type { Land } from '../../core/run/steps.ts';

/** What a registration makes; the ExternalSecrets of consumers only where some have one of their own. */
const WHOLE = ['application', 'blueprint', 'consumers', 'externalSecret', 'field', 'instance', 'landed'] as const;
/** What a run that is not through leaves beside that; the last two are of a rotation, as the marks of the vault tell them. */
type Mark = 'pending' | 'branch' | 'otherText' | 'next' | 'previous' | 'otherAtAuthentik' | 'otherAtConsumer';
export type Made = (typeof WHOLE)[number] | 'pending' | 'branch';
export type Fact = Made | Mark;

/** What is deployed from files. */
const DEPLOYED: ReadonlySet<Made> = new Set(['blueprint', 'externalSecret', 'consumers']);

/** How each is named in what a run lists. */
const LISTED: Readonly<Record<Fact, RegExp>> = {
  pending: /vault field|retireSecret/,
  field: /vault field|retireSecret/,
  branch: /branch |everything that change|retireSecret|removeAccounts/,
  landed: /on the target branch|everything that change/,
  externalSecret: /ExternalSecret's entry/,
  consumers: /ExternalSecrets of the consumers/,
  blueprint: /blueprint/,
  application: /blueprint/,
  instance: /blueprint/,
  otherText: /blueprint/,
  next: /pending vault field|retireSecret/,
  previous: /previous value/,
  otherAtAuthentik: /previous value|blueprint/,
  otherAtConsumer: /the new secret at|previous value/,
};

export function isListed(fact: Fact, kept: readonly Pick<Leftover, 'what'>[]): boolean {
  return kept.some(({ what }) => LISTED[fact].test(what));
}

/** A change of files that is not through, as its branch and its run's history tell of it. */
interface Change {
  readonly id: string;
  readonly removes: boolean;
  /** What was there before it. */
  readonly stood: ReadonlySet<Fact>;
  /** Text that had landed before it, and the text of its run. */
  readonly formerText: number;
  readonly text: number;
  /** Its run said that it was done, but could not tidy up. */
  completed: boolean;
}

/** What is there of one client. */
export class Standing {
  readonly #land: Land;
  readonly whole: readonly Made[];
  readonly made = new Set<Made>();
  change: Change | undefined;
  /** Texts of the registration, by their number: in the file, of the run, live, landed. */
  readonly text = { asked: 1, wanted: 1, live: 0, landed: 0 };
  /** Values of the secret, by their number; 0: none. */
  readonly secret = { inService: 0, next: 0, previous: 0, atAuthentik: 0, atConsumer: 0 };

  constructor(land: Land, delivers: boolean) {
    this.#land = land;
    this.whole = WHOLE.filter((each) => delivers || each !== 'consumers');
  }

  get facts(): ReadonlySet<Fact> {
    const { made, text, secret } = this;
    const facts = new Set<Fact>(made);
    if (made.has('landed') && made.has('blueprint') && text.live !== text.landed) facts.add('otherText');
    if (secret.next > 0) facts.add('next');
    if (secret.previous > 0) facts.add('previous');
    if (made.has('application') && secret.atAuthentik !== secret.inService) facts.add('otherAtAuthentik');
    if (secret.atConsumer > 0 && secret.atConsumer !== secret.inService) facts.add('otherAtConsumer');
    return facts;
  }

  /** What the change that is not through began with. */
  get stood(): ReadonlySet<Fact> {
    return this.change?.stood ?? this.facts;
  }

  /** What a run that takes back, or is refused, comes back to. */
  get origin(): ReadonlySet<Fact> {
    if (!this.isDone) return this.stood;
    return this.isHalfRotated ? new Set(this.whole) : withoutBranch(this.facts);
  }

  get isHalfRotated(): boolean {
    return this.secret.next > 0 || this.secret.previous > 0;
  }

  /** Registered whole, and nothing else but the branch of a run that could not tidy up. */
  get isServed(): boolean {
    return [...withoutBranch(this.facts)].toSorted().join() === this.whole.join();
  }

  get isEmpty(): boolean {
    return withoutBranch(this.facts).size === 0;
  }

  /** The change of a run that is over stands in nobody's way, though its branch may be there. */
  get isDone(): boolean {
    const { change } = this;
    if (change === undefined) return true;
    if (this.#land === 'first') return change.completed;
    if (change.removes) return !this.made.has('landed');
    return this.made.has('landed') && this.text.landed === change.text;
  }

  /** Something is live that the target branch has not, or the other way round. */
  get isLiveElsewhere(): boolean {
    const { made } = this;
    const deployed = this.whole.filter((each) => DEPLOYED.has(each));
    if (made.has('landed')) return this.facts.has('otherText') || deployed.some((each) => !made.has(each));
    return deployed.some((each) => made.has(each));
  }

  begin(id: string, removes: boolean): void {
    const { change } = this;
    const goesOn = change !== undefined && change.removes === removes && !this.isDone;
    const { wanted: text, landed: formerText } = this.text;
    if (!goesOn) this.change = { id, removes, stood: withoutBranch(this.facts), formerText, text, completed: false };
    this.made.add('branch');
  }

  /** No value of the secret is anywhere. */
  forget(): void {
    Object.assign(this.secret, { inService: 0, next: 0, previous: 0, atAuthentik: 0, atConsumer: 0 });
  }

  end(): void {
    this.made.delete('branch');
    this.change = undefined;
  }
}

function withoutBranch(facts: ReadonlySet<Fact>): ReadonlySet<Fact> {
  return new Set([...facts].filter((fact) => fact !== 'branch'));
}

/** What one has and the other has not. */
export function differing(some: ReadonlySet<Fact>, others: ReadonlySet<Fact>): readonly Fact[] {
  return [...new Set([...some, ...others])].filter((fact) => some.has(fact) !== others.has(fact));
}

/** What a failed run lists. */
export function keptOf(error: Error): readonly Leftover[] {
  if (!(error instanceof ApplicationFailure)) return [];
  return (error.details?.[0] as { kept?: readonly Leftover[] } | undefined)?.kept ?? [];
}
