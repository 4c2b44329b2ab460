import { RefreshError } from './provider.ts';
import { own } from '../../core/base/own.ts';

/** `spec.target.template`, as far as the sandbox knows it. */
export interface Template {
  readonly type?: string;
  readonly mergePolicy?: 'Replace' | 'Merge';
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

type Values = Readonly<Record<string, string>>;

/**
 * The keys of the Secret: with texts of its own a template replaces what was fetched, unless it merges (External Secrets
 * documentation, "Advanced Templating"). Values are base64.
 */
export function templated(template: Template | undefined, fetched: Values): Values {
  if (template?.data === undefined) return fetched;
  const plain = Object.fromEntries(
    Object.entries(fetched).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
  const made = Object.entries(template.data).map(([key, text]) => [
    key,
    Buffer.from(filled(text, plain, key)).toString('base64'),
  ]);
  return { ...(template.mergePolicy === 'Merge' ? fetched : {}), ...Object.fromEntries(made) };
}

/** `{{ .name }}` and `{{ index . "name" }}`. A name that was not fetched is an error, and so is anything else. */
function filled(text: string, values: Values, key: string): string {
  return text.replaceAll(/\{\{-?\s*([^}]*?)\s*-?\}\}/g, (_, expression: string) => {
    const name = /^\.([A-Za-z_]\w*)$/.exec(expression)?.[1] ?? /^index \. "([^"]+)"$/.exec(expression)?.[1];
    const value = name === undefined ? undefined : own(values, name);
    if (value === undefined)
      throw new RefreshError(`could not apply template: could not execute template at key ${key}: <${expression}>`);
    return value;
  });
}
