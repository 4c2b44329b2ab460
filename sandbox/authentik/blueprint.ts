import { isMap, isScalar, isSeq, parseDocument, type CollectionTag, type ScalarTag } from 'yaml';

/** A text that cannot be read: the task is tried again, the instance keeps status and hash. */
export class UnreadableError extends Error {
  /** The exception's type as Authentik logs it. */
  readonly type: string;

  constructor(message: string, type: string) {
    super(message);
    this.type = type;
  }
}

export interface Metadata {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Entry {
  readonly model: string;
  readonly id?: string;
  readonly state?: string;
  readonly identifiers?: Readonly<Record<string, unknown>>;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export interface Blueprint {
  readonly metadata: Metadata | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly entries: readonly Entry[];
}

/** A custom tag, resolved when its entry is applied. */
export class Tag {
  readonly name: string;
  readonly argument: unknown;

  constructor(name: string, argument: unknown) {
    this.name = name;
    this.argument = argument;
  }
}

const SCALAR_TAGS = ['!Env', '!File', '!KeyOf', '!Context'];
const LIST_TAGS = ['!Env', '!File', '!Find', '!Format', '!Context'];

const customTags: (ScalarTag | CollectionTag)[] = [
  ...SCALAR_TAGS.map((tag): ScalarTag => ({ tag, resolve: (text) => new Tag(tag, text) })),
  ...LIST_TAGS.map((tag): CollectionTag => ({
    tag,
    collection: 'seq',
    resolve: (node) => new Tag(tag, unwrap(node)),
  })),
];

/** Reads a file's text. Throws {@link UnreadableError} on YAML that does not parse, a tag that nobody knows, or no mapping. */
export function readBlueprint(text: string): Blueprint {
  const document = parseDocument(text, { customTags, logLevel: 'silent', version: '1.1' });
  const [problem] = [
    ...document.errors,
    ...document.warnings.filter((warning) => warning.code === 'TAG_RESOLVE_FAILED'),
  ];
  if (problem !== undefined) throw new UnreadableError(problem.message, 'ParserError');
  if (isSeq(document.contents)) throw new UnreadableError("'list' object has no attribute 'get'", 'AttributeError');
  if (!isMap(document.contents)) throw new UnreadableError("'str' object has no attribute 'get'", 'AttributeError');
  const data = unwrap(document.contents) as {
    metadata?: { name?: unknown; labels?: Metadata['labels'] };
    context?: Blueprint['context'];
    entries?: Entry[];
  };
  return { metadata: metadataOf(data.metadata), context: data.context ?? {}, entries: data.entries ?? [] };
}

/** Paths of `!File`, in the order of the text. */
export function filesReadBy(text: string): readonly string[] {
  return [...text.matchAll(/!File\s+(?:\[\s*)?(?:"([^"]*)"|'([^']*)'|([^\s,\]#]+))/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

function metadataOf(metadata: { name?: unknown; labels?: Metadata['labels'] } | undefined): Metadata | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  if (typeof metadata.name !== 'string')
    throw new UnreadableError('missing value for field "name"', 'MissingValueError');
  return { name: metadata.name, labels: metadata.labels ?? {} };
}

/** toJSON would serialise our tags; this keeps them. */
function unwrap(node: unknown): unknown {
  if (node instanceof Tag) return node;
  if (isMap(node))
    return Object.fromEntries(
      node.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), unwrap(pair.value)]),
    );
  if (isSeq(node)) return node.items.map(unwrap);
  if (isScalar(node)) return node.value;
  return node;
}
