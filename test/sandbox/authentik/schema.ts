import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { load } from 'js-yaml';

/** Of OpenAPI, what Authentik's schema uses of it. */
interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

interface Operation {
  readonly operationId?: string;
  readonly responses?: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const folder = path.dirname(createRequire(import.meta.url).resolve('@goauthentik/api/package.json'));

/** The schema of a released Authentik, which its own client for TypeScript brings along. */
export const SCHEMA = load(readFileSync(path.join(folder, 'schema.yml'), 'utf8')) as Document;

/** What an operation answers when it is well; undefined where it answers no body. */
export function answerOf(operationId: string): Schema | undefined {
  const operations = Object.values(SCHEMA.paths).flatMap((each) => Object.values(each));
  const operation = operations.find((each) => each.operationId === operationId);
  if (operation === undefined) throw new Error(`no operation ${operationId}`);
  const answer = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith('2'));
  return answer?.[1].content?.['application/json']?.schema;
}

/** How a value differs from its schema, as sentences: names, what must be there, types, choices. */
export function violations(value: unknown, schema: Schema, place: string): readonly string[] {
  const whole = resolved(schema);
  if (value === null) return whole.nullable === true ? [] : [`${place} is null`];
  if (whole.enum !== undefined && !whole.enum.includes(value))
    return [`${place} is "${String(value)}", no choice of it`];
  if (whole.properties !== undefined) return objectViolations(value, whole, place);
  if (Array.isArray(value) && whole.type === 'array')
    return value.flatMap((each) => violations(each, whole.items ?? {}, `${place}[]`));
  const fits = whole.type === undefined || typeOf(value) === whole.type || isNumber(value, whole.type);
  return fits ? [] : [`${place} is ${typeOf(value)}, not ${whole.type}`];
}

function objectViolations(value: unknown, schema: Schema, place: string): readonly string[] {
  if (typeOf(value) !== 'object') return [`${place} is ${typeOf(value)}, not object`];
  const row = value as Readonly<Record<string, unknown>>;
  const { properties = {}, required = [] } = schema;
  return [
    ...required.filter((name) => row[name] === undefined).map((name) => `${place} lacks ${name}`),
    ...Object.entries(row).flatMap(([name, inner]) => {
      const known = properties[name];
      if (known !== undefined) return inner === undefined ? [] : violations(inner, known, `${place}.${name}`);
      return schema.additionalProperties === undefined ? [`${place}.${name} is not known`] : [];
    }),
  ];
}

/** References followed, parts of `allOf` put together. */
function resolved(schema: Schema): Schema {
  const { $ref, allOf = [], ...own } = schema;
  const named = $ref === undefined ? {} : SCHEMA.components.schemas[$ref.replace('#/components/schemas/', '')];
  if (named === undefined) throw new Error(`no schema ${$ref}`);
  const parts = [...($ref === undefined ? [] : [resolved(named)]), ...allOf.map(resolved)];
  return Object.assign({}, ...parts, own) as Schema;
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function isNumber(value: unknown, type: string): boolean {
  return typeof value === 'number' && (type === 'number' || (type === 'integer' && Number.isInteger(value)));
}
