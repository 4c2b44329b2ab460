import { deliveryOf } from '../kubernetes/delivery.ts';
import type { RegistrarErrorFields } from '../base/errors.ts';
import type { FieldReader } from './fieldReaders.ts';
import { escaped, referencesIn } from '../base/words.ts';
import { dateLabels, previousLabel } from '../names/labels.ts';
import { deliveredOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';
import type { VaultMark } from '../vault/vaultMark.ts';
import type { VaultWords } from '../vault/vaultWords.ts';

/**
 * Whose a field of the vault is. Who may write a registration may name any field in it, and the vault may hold Authentik's own
 * secrets: a name alone makes no field the client's.
 */
export type FieldOwner =
  | { readonly is: 'ours' }
  /** Somebody else reads it, keeps it, or asks for it: sentences that say who and where. */
  | { readonly is: 'others'; readonly why: readonly string[] }
  /** The field is there, and nothing proves that it is this client's. */
  | { readonly is: 'unknown' };

/** What other people say of a field, in files and live objects. */
export interface FieldClaims {
  readonly readers: readonly FieldReader[];
  /** Blueprints of other clients by key or path, as far as they are known. */
  readonly sections: Readonly<Record<string, string>>;
  /** The client's own blueprint, as it stands. */
  readonly own?: string;
  /** Other registrations of the repository, with the names that they come to. */
  readonly registrations: readonly { readonly client: string; readonly names: Names }[];
}

export interface FieldEvidence {
  readonly client: string;
  readonly names: Names;
  readonly claims: FieldClaims;
  /** The field's mark, whichever client it names; undefined where there is none. */
  readonly mark: VaultMark | undefined;
  /** The provider of this client id has the field's very value, or the client's own variable has been reading it. */
  readonly proven: boolean;
}

/** Says whose a field is that is there. What others claim goes before any proof: a value that was taken proves itself. */
export function fieldOwner({ client, names, claims, mark, proven }: FieldEvidence): FieldOwner {
  const kept =
    mark !== undefined && mark.client !== client
      ? [`its note in the vault says that client ${mark.client} has it`]
      : [];
  const why = [...claimedBy(names, claims), ...kept];
  if (why.length > 0) return { is: 'others', why };
  return mark?.vaultField === names.vaultField || proven ? { is: 'ours' } : { is: 'unknown' };
}

/** Who else reads the field or asks for it, one sentence each, whether the field is there or not. */
export function claimedBy(names: Names, { readers, sections, own, registrations }: FieldClaims): readonly string[] {
  const { source } = deliveryOf(names);
  // Under an older name of its variable the client's blueprint may still read it.
  const isOwn = (variable: string | undefined): boolean =>
    variable !== undefined && own !== undefined && sectionsReading(variable, { own }).length > 0;
  const foreign = readers.filter(({ of, variable }) => of === 'authentik' && !isOwn(variable));
  return [
    ...foreign.map(({ what, where, variable }) => {
      const owner = variable === undefined ? undefined : ownerOf(variable, sections, registrations);
      return `${what} reads it (${where})${owner === undefined ? '' : `, for ${owner}`}`;
    }),
    ...sectionsReading(source, sections).map((key) => `blueprint ${key} of another client reads it as ${source}`),
    ...registrations
      .filter((other) => other.names.vaultItem?.title === names.vaultItem?.title)
      .flatMap((other) =>
        deliveredOf(other.names)
          .filter(({ vaultField }) => deliveredOf(names).some((value) => meet(vaultField, value.vaultField)))
          .map(({ vaultField }) => `the registration of client ${other.client} names field ${vaultField}`),
      ),
  ];
}

/** Readers of a client's vault field whom its registration does not declare, for people. */
export function undeclared({ readers }: Pick<FieldClaims, 'readers'>): readonly string[] {
  return readers.filter(({ of }) => of === 'other').map(({ what, where }) => `${what} (${where})`);
}

/** What a run says that meets such a field. */
export function fieldRefusal(
  { vaultField }: Pick<Names, 'vaultField'>,
  { system, place }: Pick<VaultWords, 'system' | 'place'>,
  owner: Exclude<FieldOwner, { is: 'ours' }>,
): RegistrarErrorFields {
  const field = `field "${vaultField}" of ${place}`;
  const refused = { system, kind: 'Refused' } as const;
  const another = 'Name another field in spec.vaultField, one that is not there: the job makes it.';
  if (owner.is === 'others')
    return {
      ...refused,
      message: `${field} is not this client's alone: ${owner.why.join('; ')}`,
      remedy: `${another} Or, where it is this client's, take out what else names it.`,
    };
  return {
    ...refused,
    message: `${field} is there already, and nothing proves that it is this client's: it bears no note of the job, and no provider of the client has its value`,
    remedy: `${another} Or remove this field, if nothing needs it.`,
  };
}

/** Whose variable it is: that of a section that reads it, or of a registration. */
function ownerOf(
  variable: string,
  sections: FieldClaims['sections'],
  registrations: FieldClaims['registrations'],
): string | undefined {
  const [section] = sectionsReading(variable, sections);
  const other = registrations.find(({ names }) => names.envVar === variable);
  if (other !== undefined) return `client ${other.client}`;
  return section === undefined ? undefined : `blueprint ${section}`;
}

/** Keys of the sections that read a variable or a file. */
function sectionsReading(source: string, sections: FieldClaims['sections']): readonly string[] {
  const pattern = new RegExp(`!(?:Env|File)\\s*\\[?\\s*["']?${escaped(source)}(?![A-Za-z0-9_./-])`);
  const reference = { text: source, pattern, means: '' };
  return Object.entries(sections).flatMap(([key, text]) =>
    referencesIn(key, text, [reference]).length === 0 ? [] : [key],
  );
}

/** Whether two clients' fields meet, or one is called as what a rotation of the other keeps beside its own. */
function meet(one: string, other: string): boolean {
  const labels = (field: string): readonly string[] => [field, previousLabel(field), ...dateLabels(field)];
  return labels(one).includes(other) || labels(other).includes(one);
}
