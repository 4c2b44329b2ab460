import { RegistrarError } from '../../core/base/errors.ts';
import { BY_HAND, madeLabel, type Made, type MadeKind } from '../../core/run/madeObjects.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type { CannotTell, DeletableKind, UsedByRow } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import type { UndoJournal } from '../kit/undoJournal.ts';

/** An object of Authentik that is to be deleted. */
export interface Candidate extends Made {
  readonly id: string | number;
  /** Rows of `used_by` that are the object's own or ours, by model and key. */
  readonly expected: (row: UsedByRow) => boolean;
}

/** Deletes what nobody else uses, and lists the rest. */
export class Remover {
  readonly kept: Leftover[] = [];
  readonly #deps: Deps;
  readonly #journal: UndoJournal;

  constructor(deps: Deps, journal: UndoJournal) {
    this.#deps = deps;
    this.#journal = journal;
  }

  /** Asks who else uses it, and deletes it where nobody does. True where it is gone. */
  async remove(candidate: Candidate): Promise<boolean> {
    const { expected: _expected, ...object } = candidate;
    const { authentik } = this.#deps;
    const { kind, key } = addressOf(object);
    const others = await usersOf(this.#deps, candidate);
    if ('lacking' in others) {
      this.keep(object, cannotTell(others), `${GRANT} Or: ${BY_HAND[object.kind]}`);
      return false;
    }
    if (others.length > 0) {
      this.keep(object, `it is in use: ${others.map((row) => `${row.name} (${row.model} ${row.pk})`).join(', ')}.`);
      return false;
    }
    const gone = madeLabel(object);
    const deed = { what: madeLabel(object, object.id), done: `${gone} deleted`, gone };
    await this.#journal.begin(deed);
    try {
      await authentik.remove(kind, key);
    } catch (error) {
      // Authentik deletes no secret that is in use, and may know of users that the token does not see.
      const isUsed = (status?: number): boolean => object.kind === 'secret' && status === 400;
      if (!(error instanceof RegistrarError) || (error.lacking === undefined && !isUsed(error.status))) throw error;
      this.keep(object, error.message, `${error.remedy} Or: ${BY_HAND[object.kind]}`);
      return false;
    }
    this.#journal.done(deed);
    return true;
  }

  keep(object: Made & { readonly id: string | number }, why: string, remedy = BY_HAND[object.kind]): void {
    this.kept.push({ what: madeLabel(object, object.id), why, remedy });
  }
}

/** Who else uses an object. */
export async function usersOf(
  deps: Deps,
  { expected, ...object }: Candidate,
): Promise<readonly UsedByRow[] | CannotTell> {
  const { kind, key } = addressOf(object);
  const users = await deps.authentik.usedBy(kind, key);
  return 'lacking' in users ? users : users.filter((row) => !expected(row));
}

const GRANT = 'Give the role of its user these permissions (docs/reference/permissions.md), then start again.';

/** Why something stays of which nobody can be asked who uses it. */
export function cannotTell({ lacking }: CannotTell): string {
  return `who uses it cannot be asked: the token lacks ${lacking.join(', ')}.`;
}

const API_KIND: Readonly<Record<MadeKind, DeletableKind | undefined>> = {
  'blueprint instance': 'blueprint',
  application: 'application',
  'policy binding': undefined,
  provider: 'provider',
  secret: 'secret',
  group: 'group',
  'service account': 'user',
};

/** By what the API deletes it: an application by its slug, which is its name here, all others by their key. */
function addressOf({ kind, name, id }: Omit<Candidate, 'expected'>): {
  readonly kind: DeletableKind;
  readonly key: string | number;
} {
  const known = API_KIND[kind];
  if (known === undefined) throw new TypeError(`a ${kind} is never deleted by itself`);
  return { kind: known, key: known === 'application' ? name : id };
}
