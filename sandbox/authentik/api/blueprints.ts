import type { StandInAnswer } from '../../kit/http.ts';
import { readBlueprint, UnreadableError } from '../blueprint.ts';
import { applyBlueprint, EntryError } from '../importer.ts';
import { instanceOut } from '../out/instance.ts';
import { mayDo, visible } from '../permissions.ts';
import type { Instance } from '../state.ts';
import { KeyOfError } from '../tags.ts';
import {
  body,
  CRASHED,
  filtered,
  FORBIDDEN,
  GONE,
  notAllowed,
  notFound,
  page,
  type ApiContext,
  type Call,
} from './call.ts';

export async function blueprints(call: Call): Promise<StandInAnswer> {
  const { context, rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (pk === 'available') return available(context);
  if (pk === undefined) {
    if (request.method === 'POST') return mayDo(grant, 'add_blueprintinstance') ? create(call) : FORBIDDEN;
    const seen = visible(grant, 'view_blueprintinstance', rows.instances);
    return seen === undefined ? FORBIDDEN : page(call, filtered(call, seen, ['path', 'name']).map(instanceOut));
  }
  if (sub === 'apply') return apply(call, pk);
  if (sub === 'used_by')
    return rows.instances.some((row) => row.pk === pk) ? { status: 200, body: [] } : notFound('BlueprintInstance');
  const seen = visible(grant, 'view_blueprintinstance', rows.instances);
  if (seen === undefined) return FORBIDDEN;
  const instance = seen.find((row) => row.pk === pk);
  return instance === undefined ? notFound('BlueprintInstance') : one(call, instance);
}

async function one(call: Call, instance: Instance): Promise<StandInAnswer> {
  const { rows, request, grant } = call;
  switch (request.method) {
    case 'GET':
      return { status: 200, body: instanceOut(instance) };
    case 'PATCH':
      return mayDo(grant, 'change_blueprintinstance', instance.pk) ? patch(call, instance) : FORBIDDEN;
    case 'DELETE':
      if (!mayDo(grant, 'delete_blueprintinstance', instance.pk)) return FORBIDDEN;
      rows.instances = rows.instances.filter((row) => row !== instance);
      return GONE;
    default:
      return notAllowed(call);
  }
}

/** Queues an apply and answers the row as it still is. `view_` and `add_`, globally or on this one instance. */
function apply({ context, rows, grant }: Call, pk: string): StandInAnswer {
  const instance = rows.instances.find((row) => row.pk === pk);
  if (instance === undefined) return notFound('BlueprintInstance');
  const needed = ['view_blueprintinstance', 'add_blueprintinstance'];
  if (!needed.every((codename) => mayDo(grant, codename, pk))) return FORBIDDEN;
  context.pool.enqueueApply(instance);
  return { status: 200, body: instanceOut(instance) };
}

/** Answered by a worker: what is on its disk now. Every token may ask. */
async function available({ pool }: ApiContext): Promise<StandInAnswer> {
  const files = await pool.found();
  if (files === undefined) return CRASHED;
  return {
    status: 200,
    body: files.map(({ path, hash, metadata }) => ({
      path,
      version: 1,
      hash,
      last_m: 1_795_529_604,
      meta: metadata ?? null,
    })),
  };
}

async function create(call: Call): Promise<StandInAnswer> {
  const { context, rows } = call;
  const { name, path = '', content = '' } = body(call) as { name?: string; path?: string; content?: string };
  const refuse = (field: string, ...words: readonly string[]): StandInAnswer => ({
    status: 400,
    body: { [field]: words },
  });
  if (name === undefined) return refuse('name', 'This field is required.');
  if (name === '') return refuse('name', 'This field may not be blank.');
  if (rows.instances.some((row) => row.name === name))
    return refuse('name', 'Blueprint Instance with this name already exists.');
  if (path !== '') {
    const files = await context.pool.found();
    if (files === undefined) return CRASHED;
    if (!files.some((file) => file.path === path)) return refuse('path', 'Blueprint file does not exist');
  }
  if (path === '' && content === '') return refuse('non_field_errors', 'Either path or content must be set.');
  const invalid = content === '' ? undefined : whyInvalid(call, content);
  if (invalid !== undefined) return refuse('content', 'Failed to validate blueprint', ...invalid);
  return { status: 201, body: instanceOut(context.pool.createInstance(name, path, { content: content.trimEnd() })) };
}

/** Content is validated by the web server, whose environment is not the workers'. */
function whyInvalid({ context, rows }: Call, content: string): readonly string[] | undefined {
  try {
    applyBlueprint(structuredClone(rows), readBlueprint(content), {
      env: {},
      readFile: () => undefined,
      context: {},
      version: context.version(),
    });
    return undefined;
  } catch (error) {
    if (error instanceof EntryError) return [`- ${error.message}`, '- Blueprint validation failed'];
    if (error instanceof UnreadableError || error instanceof KeyOfError) return [`- ${error.message}`];
    throw error;
  }
}

/** The path must be sent along even to change something else. */
function patch(call: Call, instance: Instance): StandInAnswer {
  const { path, content, enabled, name, context } = body(call);
  if ((path ?? '') === '' && (content ?? '') === '')
    return { status: 400, body: { non_field_errors: ['Either path or content must be set.'] } };
  if (typeof enabled === 'boolean') instance.enabled = enabled;
  if (typeof name === 'string') instance.name = name;
  if (typeof path === 'string') instance.path = path;
  if (typeof context === 'object' && context !== null) instance.context = { ...context };
  return { status: 200, body: instanceOut(instance) };
}
