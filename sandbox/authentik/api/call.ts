import type { Faults } from '../../faults/faults.ts';
import type { StandInAnswer, StandInRequest } from '../../kit/http.ts';
import type { TokenGrant } from '../permissions.ts';
import type { Rows } from '../state.ts';
import type { Version } from '../version.ts';
import type { WorkerPool } from '../worker.ts';

export interface ApiContext {
  readonly database: { readonly rows: Rows };
  readonly pool: WorkerPool;
  readonly faults: Faults;
  readonly version: () => Version;
  readonly tokens: ReadonlyMap<string, TokenGrant>;
}

export interface Call {
  readonly context: ApiContext;
  readonly rows: Rows;
  readonly request: StandInRequest;
  readonly grant: TokenGrant;
  /** What stands between the slashes after the collection. */
  readonly rest: readonly string[];
}

export type Handler = (call: Call) => StandInAnswer | Promise<StandInAnswer>;

export const FORBIDDEN: StandInAnswer = {
  status: 403,
  body: { detail: 'You do not have permission to perform this action.' },
};

export const GONE: StandInAnswer = { status: 204 };

export function notFound(model: string): StandInAnswer {
  return { status: 404, body: { detail: `No ${model} matches the given query.` } };
}

export function notAllowed({ request }: Call): StandInAnswer {
  return { status: 405, body: { detail: `Method "${request.method}" not allowed.` } };
}

/** A crash: an HTML page that says nothing. */
export const CRASHED: StandInAnswer = {
  status: 500,
  body: '<html><body><h1>Server Error (500)</h1></body></html>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
};

export function body({ request }: Call): Readonly<Record<string, unknown>> {
  return request.body === '' ? {} : (JSON.parse(request.body) as Record<string, unknown>);
}

/** Rows whose fields equal the query's; other query parameters are not filters. */
export function filtered<T extends object>(call: Call, list: readonly T[], fields: readonly string[]): readonly T[] {
  return list.filter((row) =>
    fields.every((field) => {
      const wanted = call.request.query.get(field);
      return wanted === null || String((row as Record<string, unknown>)[field]) === wanted;
    }),
  );
}

const PAGE_SIZE = 20;

/** One page. `autocomplete` is what the admin interface's search box offers. */
export function page(call: Call, found: readonly unknown[], autocomplete: unknown = {}): StandInAnswer {
  const size = Number(call.request.query.get('page_size') ?? PAGE_SIZE);
  const current = Number(call.request.query.get('page') ?? '1');
  const total = Math.max(1, Math.ceil(found.length / size));
  if (current > total) return { status: 404, body: { detail: 'Invalid page.' } };
  const results = found.slice((current - 1) * size, current * size);
  const pagination = {
    next: current < total ? current + 1 : 0,
    previous: current - 1,
    count: found.length,
    current,
    total_pages: total,
    start_index: (current - 1) * size + (results.length > 0 ? 1 : 0),
    end_index: (current - 1) * size + results.length,
  };
  return { status: 200, body: { pagination, results, autocomplete } };
}
