import { own } from '../base/own.ts';

export const TEMPLATE_PLACEHOLDERS = ['clientId', 'clientSecret', 'issuer'];

const PLACEHOLDER = /<<([A-Za-z_]+)>>/g;

/** Names between `<<` and `>>` that stand for nothing: misspelt ones would come out as they are. */
export function unknownPlaceholders(text: string, known: readonly string[]): readonly string[] {
  const used = Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name ?? '');
  return [...new Set(used)].filter((name) => !known.includes(name));
}

/** The text with what is known in place; everything else stays as it is. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (all, name: string) => own(values, name) ?? all);
}
