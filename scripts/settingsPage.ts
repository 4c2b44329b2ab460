import { z } from 'zod';
import { installationSchema } from '../core/installation/installation.ts';

/** What of a JSON Schema the tables need. */
interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | false;
}

interface Row {
  readonly key: string;
  readonly schema: Schema;
  readonly needed: boolean;
}

/** Described on a page of its own, whose table has a test. */
const ELSEWHERE = new Set(['apiVersion', 'kind', 'policy']);

/** Everything below the first of these headings is written by `npm run schemas`, one heading a block of `registrar.yaml`. */
export const FIRST_BLOCK = '## gitops\n';

/** The page of `registrar.yaml` with its tables made anew from the schema. */
export function settingsPage(page: string): string {
  const schema = z.toJSONSchema(installationSchema, { io: 'input', target: 'draft-7' }) as Schema;
  const blocks = Object.entries(schema.properties ?? {}).filter(([key]) => !ELSEWHERE.has(key));
  const [head = ''] = page.split(FIRST_BLOCK);
  return head + blocks.map(([key, block]) => blockText(key, block, schema)).join('\n');
}

function blockText(key: string, block: Schema, root: Schema): string {
  const needed = root.required?.includes(key) === true;
  const says = [needed ? 'Required.' : '', block.description === undefined ? '' : `${block.description}.`];
  const intro = says.filter((text) => text !== '').join(' ');
  const rows = rowsOf(block, '').map(
    (row) =>
      `| \`${row.key}\` | ${defaultOf(row)} | ${[choices(row.schema), row.schema.description].filter(Boolean).join('. ')} |`,
  );
  const table = ['| key | default | means |', '|---|---|---|', ...rows].join('\n');
  return `## ${key}\n\n${intro === '' ? '' : `${intro}\n\n`}${table}\n`;
}

/** A row for each setting, those of nested blocks, of entries of a list (`[]`) and of named entries (`NAME`) by their whole path. */
function rowsOf(schema: Schema, prefix: string): readonly Row[] {
  if (schema.items?.properties !== undefined) return rowsOf(schema.items, `${prefix}[].`);
  if (typeof schema.additionalProperties === 'object') return rowsOf(schema.additionalProperties, `${prefix}NAME.`);
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const key = prefix + name;
    const own: Row = { key, schema: each, needed: schema.required?.includes(name) === true };
    const nested = rowsOf(each, `${key}.`);
    return nested.length === 0 || each.description !== undefined ? [own, ...nested] : nested;
  });
}

function defaultOf({ schema, needed }: Row): string {
  if (needed) return 'required';
  if (schema.default === undefined) return '–';
  return `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``;
}

function choices(schema: Schema): string {
  return (schema.enum ?? schema.items?.enum ?? []).map((choice) => `\`${choice}\``).join(', ');
}
