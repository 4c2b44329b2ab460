import { byText } from '../../core/edits/yaml/byText.ts';
import { readBlueprint, UnreadableError, type Metadata } from './blueprint.ts';
import { sha512 } from './hash.ts';
import type { Instance, Rows } from './state.ts';

/** A blueprint file on a worker's disk. */
export interface FoundFile {
  readonly path: string;
  readonly hash: string;
  readonly metadata: Metadata | undefined;
}

/**
 * Every blueprint file that parses. Text that is no YAML is passed over; a list, or metadata without a name, breaks the whole
 * search (throws {@link UnreadableError}): nothing is found while that file is there.
 */
export function findFiles(files: ReadonlyMap<string, string>): readonly FoundFile[] {
  return [...files]
    .filter(([path]) => path.endsWith('.yaml'))
    .flatMap(([path, text]) => {
      const metadata = metadataOf(text);
      return metadata === 'no YAML' ? [] : [{ path, hash: sha512(text), metadata }];
    });
}

/** Workers look at all files again and again, and every look at what is available does. */
const metadataOf = byText(metadataAnew);

function metadataAnew(text: string): Metadata | undefined | 'no YAML' {
  try {
    return readBlueprint(text).metadata;
  } catch (error) {
    if (error instanceof UnreadableError && error.type === 'ParserError') return 'no YAML';
    throw error;
  }
}

/** A file whose name another instance has: it gets none, and neither do the files after it. */
export class NameTakenError extends Error {
  constructor(name: string) {
    super(
      'duplicate key value violates unique constraint "authentik_blueprints_blueprintinstance_name_404be626_uniq"\n' +
        `DETAIL:  Key (name)=(${name}) already exists.`,
    );
  }
}

export interface Discovery {
  readonly rows: Rows;
  readonly create: (name: string, path: string, metadata: Metadata | undefined) => Instance;
  readonly apply: (instance: Instance) => void;
  /** Of what is applied when this file is, by which a new one is told. */
  readonly hashOf: (file: FoundFile) => string;
}

const INSTANTIATE = 'blueprints.goauthentik.io/instantiate';

/** New files get an instance; one whose text is not the applied one is applied. */
export function discover(files: readonly FoundFile[], { rows, create, apply, hashOf }: Discovery): void {
  for (const file of files) {
    const { path, metadata } = file;
    const existing = rows.instances.find((row) => row.path === path);
    if (existing === undefined && metadata?.labels[INSTANTIATE] === 'false') continue;
    const name = metadata?.name ?? path;
    if (existing === undefined && rows.instances.some((row) => row.name === name)) throw new NameTakenError(name);
    const instance = existing ?? create(name, path, metadata);
    if (instance.last_applied_hash !== hashOf(file)) apply(instance);
  }
}
