import { diffArrays } from 'diff';
import { own } from '../base/own.ts';
import { deployerTraits } from '../installation/deployers.ts';
import type { Installation } from '../installation/installation.ts';
import { objectsIn, readResource } from './manifests.ts';

/**
 * Flux puts values in the place of `${NAME}` in what kustomize has built, before it applies it (`postBuild.substitute` of its
 * Kustomization; the rules are those of github.com/fluxcd/pkg, `envsubst` and `kustomize/kustomize_varsub.go`). What arrives in
 * the cluster is then another text than the one that stands in Git, line by line: values have no line breaks.
 */

/** The values; undefined where somebody deploys who may be Flux, and nobody has said what it substitutes. */
export interface Substitution {
  readonly values: Readonly<Record<string, string>> | undefined;
}

/** Label and annotation of an object in which Flux substitutes nothing. */
const OPT_OUT = 'kustomize.toolkit.fluxcd.io/substitute';

/**
 * What is substituted in the ConfigMap of the blueprints; undefined where nothing is. `manifest` is the file that holds it, or its
 * generator.
 */
export function substitutionOf(
  installation: Pick<Installation, 'gitops' | 'authentik'>,
  manifest: string | undefined,
): Substitution | undefined {
  const { configMap, generatedFrom } = installation.authentik.blueprints;
  if (generatedFrom === undefined)
    return substitutionIn(installation, manifest, { kind: 'ConfigMap', name: configMap });
  const optedOut = manifest?.includes(OPT_OUT) === true && generatorOptions(manifest, configMap).some(isOptedOut);
  return optedOut ? undefined : substitutionBy(installation);
}

/** What is substituted in an object of a manifest; undefined where nothing is. */
export function substitutionIn(
  installation: Pick<Installation, 'gitops' | 'authentik'>,
  manifest: string | undefined,
  { kind, name }: { readonly kind: string; readonly name: string },
): Substitution | undefined {
  const optedOut = manifest?.includes(OPT_OUT) === true && isOptedOut(readResource(manifest, kind, name)?.metadata);
  return optedOut ? undefined : substitutionBy(installation);
}

function substitutionBy({
  gitops: { substitute },
  authentik,
}: Pick<Installation, 'gitops' | 'authentik'>): Substitution | undefined {
  if (substitute === false || (substitute === undefined && !deployerTraits({ authentik }).maySubstitute))
    return undefined;
  return { values: substitute };
}

interface Labelled {
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

function isOptedOut(part: unknown): boolean {
  const { labels, annotations } = (part ?? {}) as Labelled;
  return [labels, annotations].some((each) => each?.[OPT_OUT] === 'disabled');
}

function generatorOptions(kustomization: string, name: string): readonly unknown[] {
  const [whole] = objectsIn(kustomization) as {
    generatorOptions?: unknown;
    configMapGenerator?: readonly { name?: unknown; options?: unknown }[];
  }[];
  return [whole?.generatorOptions, whole?.configMapGenerator?.find((each) => each.name === name)?.options];
}

/** A doubled dollar, which arrives as one, or what stands in braces. */
const EXPRESSION = /\$\$|\$\{(?:[^{}\n]|\{[^{}\n]*\})*\}?/g;

/** A variable, and its default. */
const VARIABLE = /^\$\{([\p{L}\p{Nd}_]+)(?:(?::=|:-|=)([^\n]*))?\}$/u;

interface Arrival {
  readonly text: string;
  /** Expressions of which nobody can tell what they become, as they are written; they stay in the text. */
  readonly untold: readonly string[];
}

/** What arrives of a text. */
export function arrival(text: string, substitution: Substitution | undefined): Arrival {
  if (substitution === undefined || !text.includes('$')) return { text, untold: [] };
  const { values } = substitution;
  if (values === undefined) return { text, untold: text.match(/\$\{[^}\n]*\}?/g) ?? [] };
  const untold: string[] = [];
  // A default may hold further expressions; one of an empty value counts, too.
  const put = (part: string): string =>
    part.replaceAll(EXPRESSION, (expression) => {
      if (expression === '$$') return '$';
      const [, name, fallback] = VARIABLE.exec(expression) ?? [];
      const value = name === undefined ? undefined : own(values, name);
      if (value !== undefined && (value !== '' || fallback === undefined)) return value;
      if (fallback !== undefined) return put(fallback);
      untold.push(expression);
      return expression;
    });
  return { text: put(text), untold };
}

/** A variable in what may be a secret, whose value nobody is to write into registrar.yaml. */
const SECRET =
  /(?:secret|password|token|(?:api|private|access)[_-]?key)["']?[ \t]*:[^\n]*?(?<!\$)\$\{([\p{L}\p{Nd}_]+)/iu;

/** Why nobody can tell what arrives of a text, as a sentence without its end; undefined where it can be told. */
export function untoldSentence(text: string, substitution: Substitution | undefined): string | undefined {
  if (substitution === undefined) return undefined;
  const [, secret] = SECRET.exec(text) ?? [];
  if (secret !== undefined)
    return `it holds a secret that Flux puts in the place of \${${secret}}, where it stands in clear: have the worker read it, by !Env`;
  const [expression] = arrival(text, substitution).untold;
  if (expression === undefined) return undefined;
  const [, name] = /^\$\{([\p{L}\p{Nd}_]+)/u.exec(expression) ?? [];
  return name === undefined || own(substitution.values, name) !== undefined
    ? `it holds ${expression}, an expression of Flux's substitution that the job does not follow: write it out`
    : `it holds ${expression}, and gitops.substitute of registrar.yaml has no value for ${name}: write there what Flux puts in its ` +
        `place (postBuild of its Kustomization), or "substitute: false" where nothing does`;
}

/** A text of which itself arrives. */
function escaped(line: string): string {
  return line.replaceAll(/\$(?=[{$])/g, '$$$$');
}

/**
 * The text to write, so that `wanted` arrives: lines that arrive as before keep how they are written, in `raw` or else in
 * `origin`, a text that stood there earlier. Undefined where that cannot be written.
 */
export function writtenFor(
  wanted: string,
  { raw, origin }: { readonly raw: string; readonly origin?: string },
  substitution: Substitution,
): string | undefined {
  const known = [raw, ...(origin === undefined ? [] : [origin])].map((text) =>
    linesAsWritten(text, wanted, substitution),
  );
  const text = wanted
    .split('\n')
    .map((line, i) => known.map((lines) => lines.get(i)).find((each) => each !== undefined) ?? escaped(line))
    .join('\n');
  const isNew = (line: string): boolean => !`${raw}\n${origin ?? ''}`.split('\n').includes(line);
  const told = arrival(text, substitution);
  // What Flux might do to a line of ours, nobody has said.
  const risky =
    substitution.values === undefined && text.split('\n').some((line) => line.includes('${') && isNew(line));
  return told.text === wanted && !risky ? text : undefined;
}

/** How lines of `wanted` are written in a text of which they arrive, by their place in `wanted`. */
function linesAsWritten(text: string, wanted: string, substitution: Substitution): ReadonlyMap<number, string> {
  const lines = text.split('\n');
  const found = new Map<number, string>();
  let [from, to] = [0, 0];
  for (const part of diffArrays(arrival(text, substitution).text.split('\n'), wanted.split('\n'))) {
    const { length } = part.value;
    if (!part.added && !part.removed) for (let i = 0; i < length; i += 1) found.set(to + i, lines[from + i] ?? '');
    if (!part.added) from += length;
    if (!part.removed) to += length;
  }
  return found;
}
