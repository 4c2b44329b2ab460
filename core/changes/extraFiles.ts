import { entryName, entryOf, sectionStands } from './entry.ts';
import type { Names } from '../names/names.ts';
import { fillPlaceholders } from '../registration/placeholders.ts';
import type { Registration } from '../registration/registration.ts';

export interface ExtraFile {
  /** Name of the entry. */
  readonly entry: string;
  readonly path: string;
  readonly text: string;
}

/** Where the files go. */
export function extraFilePaths({ metadata, spec }: Registration): readonly string[] {
  return (spec.files ?? []).map(({ path }) => fillPlaceholders(path, { client: metadata.name }));
}

/** The files as they are written. A run that began before there were any has none. */
export function extraFilesOf(registration: Registration, names: Names): readonly ExtraFile[] {
  const { metadata, spec } = registration;
  const values = {
    client: metadata.name,
    displayName: spec.displayName,
    clientId: names.clientId,
    issuer: names.issuer,
  };
  const paths = extraFilePaths(registration);
  return (spec.files ?? []).map(({ text }, i) => {
    const filled = fillPlaceholders(text, values);
    return {
      entry: entryName({ place: 'file', index: i }),
      path: paths[i] ?? '',
      text: filled.endsWith('\n') ? filled : `${filled}\n`,
    };
  });
}

export function isExtraFile({ entry }: { readonly entry: string }): boolean {
  return entryOf(entry).place === 'file';
}

interface Planned {
  readonly entry: string;
  readonly path: string;
  readonly kind: string;
}

/**
 * A file whose registration stands and that is gone was taken up by the repository's own rules, as a release takes up
 * changelog fragments: it is not made again. Takes and returns what an edit of every file of the registration came to.
 * `before` are the paths that the registration named before, where that is known: another one is new, and made.
 */
export function withoutTakenUp<Edit extends Planned>(
  edits: readonly Edit[],
  before?: readonly string[],
): readonly Edit[] {
  const others = edits.filter((edit) => !isExtraFile(edit));
  const stands =
    before === undefined
      ? others.length > 0 && others.every(({ kind }) => kind === 'alreadyThere')
      : sectionStands(others);
  if (!stands) return edits;
  const wasMade = ({ path }: Edit): boolean => before?.includes(path) ?? true;
  return edits.filter((edit) => !isExtraFile(edit) || edit.kind !== 'created' || !wasMade(edit));
}
