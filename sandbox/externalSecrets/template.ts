import { RefreshError } from './provider.ts';
import { executed, TemplateError } from './goTemplate.ts';

/** `spec.target.template`, as far as the sandbox knows it. */
export interface Template {
  readonly type?: string;
  readonly engineVersion?: string;
  readonly mergePolicy?: 'Replace' | 'Merge';
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly templateFrom?: unknown;
}

type Values = Readonly<Record<string, string>>;

/** A template that fails leaves the Secret as it was, by another message than a vault that does not answer. */
export class TemplateFailed extends RefreshError {}

/**
 * The keys of the Secret: with texts of its own a template replaces what was fetched, unless it merges (External Secrets
 * documentation, "Advanced Templating"). Values are base64.
 */
export function templated(template: Template | undefined, fetched: Values): Values {
  if (template?.templateFrom !== undefined) throw new RefreshError('the sandbox knows no templateFrom');
  if (template?.data === undefined || Object.keys(template.data).length === 0) return fetched;
  const plain = new Map(Object.entries(fetched).map(([key, value]) => [key, decoded(value)]));
  const made = Object.entries(template.data).map(([key, text]) => [key, encoded(filled(key, text, plain))]);
  return { ...(template.mergePolicy === 'Merge' ? fetched : {}), ...Object.fromEntries(made) };
}

/** In the words of pkg/controllers/externalsecret and pkg/template/v2. */
function filled(key: string, text: string, values: ReadonlyMap<string, string>): string {
  try {
    return executed(key, text, values);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateFailed(
      `could not apply template: could not execute template: could not execute template: unable to execute template at key ${key}: unable to ${error.phase} template at key ${key}: ${error.message}`,
    );
  }
}

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}

function encoded(value: string): string {
  return Buffer.from(value).toString('base64');
}
