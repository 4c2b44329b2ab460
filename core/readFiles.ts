import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { RegistrarError, type SystemName } from './errors.ts';
import { installationSchema, type Installation } from './installation.ts';
import { registrationSchema, type Registration } from './registration.ts';

/** Reads a registration file. Throws one `BadInput` that names line, column, field and fault of every problem. */
export function readRegistration(text: string, file: string): Registration {
  const registration = read(text, file, 'registration file', registrationSchema);
  assertSupported(registration, file);
  return registration;
}

/** Reads `registrar.yaml`. Throws one `BadInput` that names line, column, field and fault of every problem. */
export function readInstallation(text: string, file: string): Installation {
  return read(text, file, 'registrar.yaml', installationSchema);
}

/** Checks an inline registration, as a workflow's input carries it. Throws `BadInput`. */
export function checkRegistration(value: unknown, source: string): Registration {
  const result = registrationSchema.safeParse(value);
  if (!result.success) {
    throw badInput(
      'registration file',
      result.error.issues.flatMap(flatten).map((issue) => `${source}: ${sentence(issue)}`),
    );
  }
  assertSupported(result.data, source);
  return result.data;
}

function read<T>(text: string, file: string, system: SystemName, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  if (document.errors.length > 0) {
    throw badInput(
      system,
      document.errors.map(
        (error) =>
          `${file}:${error.linePos?.[0].line ?? 1}:${error.linePos?.[0].col ?? 1}: not YAML: ${error.message.split('\n')[0] ?? ''}`,
      ),
    );
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  const problems = result.error.issues
    .flatMap(flatten)
    .map((issue) => `${file}:${position(document, lines, issue.path)}: ${sentence(issue)}`);
  throw badInput(system, problems);
}

type Issue = z.core.$ZodIssue;

/** A union reports "invalid input"; the branch that came furthest says what is wrong. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const best = branches.toSorted((a, b) => score(a) - score(b))[0] ?? [];
  return best.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

function score(branch: readonly Issue[]): number {
  return branch.length + branch.filter((issue) => issue.code === 'invalid_type' && issue.path.length === 0).length * 10;
}

function position(document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(isMap(node) ? node.range[0] : node.range[0]);
      return `${line}:${col}`;
    }
  }
  return '1:1';
}

function sentence(issue: Issue): string {
  const field = issue.path.map(String).join('.') || '(the file)';
  if (issue.code === 'unrecognized_keys')
    return `${field}: unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  return `${field}: ${issue.message}`;
}

function badInput(system: SystemName, problems: readonly string[]): RegistrarError {
  return new RegistrarError({
    system,
    kind: 'BadInput',
    message: problems.join('; '),
    remedy: 'Correct the fields that are named; the JSON Schema in schemas/ helps an editor to check them.',
  });
}

/** What the schema cannot say: kinds that this version does not do, and names that would meet each other. */
function assertSupported(registration: Registration, source: string): void {
  const { consumers, groups, redirectUris } = registration.spec;
  const problems = [
    ...consumers.flatMap((consumer, i) => unsupported(consumer, `${source}: spec.consumers.${i}`)),
    ...duplicates(
      groups.map((group) => group.name),
      `${source}: spec.groups: group`,
    ),
    ...duplicates(
      groups.map((group) => group.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')),
      `${source}: spec.groups: group id`,
    ),
    ...duplicates(
      groups.flatMap((group) => group.serviceAccounts.map((account) => account.username)),
      `${source}: spec.groups: service account`,
    ),
    ...duplicates(
      redirectUris.map((uri) => `${uri.matchingMode} ${uri.url}`),
      `${source}: spec.redirectUris:`,
    ),
    ...('groups' in registration.spec.access
      ? duplicates(registration.spec.access.groups, `${source}: spec.access.groups:`)
      : []),
  ];
  if (problems.length > 0) throw badInput('registration file', problems);
}

function unsupported(consumer: Registration['spec']['consumers'][number], at: string): readonly string[] {
  if (consumer.kind !== 'ansible')
    return [`${at}.kind: "${consumer.kind}" is not supported in this version; use "ansible" or no consumer`];
  const problems: string[] = [];
  if (consumer.apply !== 'none')
    problems.push(`${at}.apply: "${consumer.apply}" is not supported in this version; use "none"`);
  if (!consumer.template.text.includes('<<clientSecret>>'))
    problems.push(`${at}.template.text: does not use <<clientSecret>>`);
  return problems;
}

function duplicates(values: readonly string[], at: string): readonly string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size).map((value) => `${at} "${value}" is named twice`);
}
