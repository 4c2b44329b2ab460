/**
 * A place in people's files that has nothing to do with consumers: one entry of a client, but for further files and sections, and for a
 * client id that is delivered beside the secret.
 */
export type OwnPlace =
  | 'externalSecret'
  | 'deployment'
  | 'configMap'
  | 'generator'
  | 'blueprintItem'
  | 'file'
  | 'record'
  | 'registrationFile';

/** An entry of a client in people's files. */
export interface Entry {
  /** An {@link OwnPlace}, or a place that the consumer's kind names. */
  readonly place: string;
  /**
   * Of a consumer, a further file or a further section: which one. Of a value that is delivered: its place among them, absent for the
   * secret.
   */
  readonly index?: number;
  /** The entry is of a consumer that the registration named before and no longer does: to make the edit is to take it out. */
  readonly former?: true;
}

/**
 * The name of an entry in a job, and so in histories: `configMap`, `consumerSecret/0`, `former preTasks/1`. It is part of the
 * contract with open runs. {@link entryOf} reads it, and nobody else takes it apart.
 */
export function entryName(entry: Entry | OwnPlace): string {
  if (typeof entry === 'string') return entry;
  const { place, index, former } = entry;
  return `${former === true ? 'former ' : ''}${place}${index === undefined ? '' : `/${index}`}`;
}

/** The entry of a name that {@link entryName} gave. */
export function entryOf(name: string): Entry {
  const [, former, place = name, index] = /^(former )?([^/]*)(?:\/(0|[1-9]\d{0,8}))?$/.exec(name) ?? [];
  return {
    place,
    ...(index === undefined ? {} : { index: Number(index) }),
    ...(former === undefined ? {} : { former: true }),
  };
}

/** The edit of an entry among those of a job; undefined where it has none. */
export function editOf<Edit extends { readonly entry: string }>(
  edits: readonly Edit[],
  entry: Entry | OwnPlace,
): Edit | undefined {
  return edits.find((edit) => edit.entry === entryName(entry));
}

/** The entry of one of `deliveredOf`, by its place among them: that of the secret has no number. */
export function entryOfValue(place: 'externalSecret' | 'deployment', index: number): Entry {
  return index === 0 ? { place } : { place, index };
}

/** The edits of a place among those of a job: of a client's sections, and of its values, there may be several. */
export function editsAt<Edit extends { readonly entry: string }>(
  edits: readonly Edit[],
  place: OwnPlace,
): readonly Edit[] {
  return edits.filter(({ entry }) => entryOf(entry).former !== true && entryOf(entry).place === place);
}

/** Whether the client's section of the blueprints was there before these edits: it is registered. */
export function sectionStands(edits: readonly { readonly entry: string; readonly kind: string }[]): boolean {
  const kind = sectionKind(edits);
  return kind === 'alreadyThere' || kind === 'updated';
}

/** What the edits of the client's sections come to: `alreadyThere` where each is; undefined where there is none. */
export function sectionKind<Kind extends string>(
  edits: readonly { readonly entry: string; readonly kind: Kind }[],
): Kind | undefined {
  const kinds = editsAt(edits, 'configMap').map(({ kind }) => kind);
  return kinds.find((kind) => kind !== 'alreadyThere') ?? kinds[0];
}
