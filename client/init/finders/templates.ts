import { at } from '../../../core/base/own.ts';
import { matches } from '../../../core/policy/pattern.ts';

/** How the templates of an ApplicationSet are written: with `goTemplate: true`, or by names alone. */
export type TemplateStyle = 'go' | 'fast';

/** What a generator gives, by name; of Go templates as data to any depth, else flat, with dots in the names. */
export type Parameters = Readonly<Record<string, unknown>>;

const EXPRESSION = /\{\{-?\s*(.*?)\s*-?\}\}/g;

/** Data with the values of its templates in their places. An expression that is no mere name, or that nothing is known of, stays. */
export function rendered(data: unknown, parameters: Parameters, style: TemplateStyle): unknown {
  if (typeof data === 'string')
    return data.replaceAll(EXPRESSION, (all, expression: string) => {
      const value = style === 'go' ? goValue(expression, parameters) : at(parameters, expression);
      return typeof value === 'object' || value === undefined ? all : String(value);
    });
  if (Array.isArray(data)) return data.map((each) => rendered(each, parameters, style));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, rendered(value, parameters, style)]));
}

/** `.a.b`, or `index .a.b 1`. */
function goValue(expression: string, parameters: Parameters): unknown {
  const [, way, key] = /^(?:index\s+)?\.([\w.]+)(?:\s+"?(\w+)"?)?$/.exec(expression) ?? [];
  if (way === undefined || (key !== undefined) !== expression.startsWith('index')) return undefined;
  return at(parameters, ...way.split('.'), ...(key === undefined ? [] : [key]));
}

/** Whether a part of it is not known. */
export function isOpen(text: string | undefined): boolean {
  return text?.includes('{{') === true;
}

/** Whether nothing of it is known: any text may come of it. */
export function isUnknown(text: string): boolean {
  return isOpen(text) && !/\w/.test(text.replaceAll(/\{\{.*?\}\}/g, ''));
}

/** Whether a text may come of this one whose templates are not known, each of them within one part of a path; not of templates alone. */
export function mayBecome(open: string, text: string): boolean {
  const pattern = open.replaceAll(/(?:\{\{.*?\}\})+/g, '*');
  return /\w/.test(pattern) && matches(pattern, text);
}
