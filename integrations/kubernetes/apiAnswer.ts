import { isMapping } from '../../core/base/own.ts';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { RequestContext } from '@kubernetes/client-node';
import { jsonObject } from '../../core/base/jsonObject.ts';
import { jsonOf, NoAnswer, textOf } from '../httpAnswer.ts';
import type { KubernetesObject, ObjectRef } from './cluster.ts';
import type { Connections } from './connections.ts';
import { describe } from './paths.ts';

/** What came back, whoever sent it. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends what the client library has prepared, with its credentials and TLS. The library's own way reads a body of any length,
 * and follows a redirect, that of a log-in proxy too.
 */
export async function send(request: RequestContext, connections: Connections, signal: AbortSignal): Promise<Answer> {
  const url = new URL(request.getUrl());
  const { request: open } = url.protocol === 'https:' ? https : http;
  const body = String(request.getBody() ?? '');
  const agent = connections.agentFor(request.getAgent());
  // Of a DELETE with a body Node would not tell the length.
  const headers = { ...request.getHeaders(), ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) };
  const options = { method: request.getHttpMethod(), headers, signal };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = open(url, { ...options, ...(agent === undefined ? {} : { agent }) }, resolve);
      sent.on('error', reject).end(body);
    });
    return { status: response.statusCode ?? 0, text: await textOf(response) };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** The object that was asked for. Throws {@link NoAnswer} where it is another, or not all that its kind has. */
export function objectOf({ text }: Answer, ref: ObjectRef): KubernetesObject {
  const object = jsonOf(text);
  if (isOfKind(object, ref.kind, ref.apiVersion) && isNamed(object, ref) && isWhole(object)) return object;
  throw new NoAnswer(`answered with what is no ${describe(ref)}`);
}

/** A deletion is answered with a Status, or with the object while something still holds it. */
export function assertDeleted(answer: Answer, ref: ObjectRef): void {
  if (!isSuccess(answer)) objectOf(answer, ref);
}

/** A Status that says that it was done, where there is no object to answer with: a deletion, or the Binding of a pod. */
export function isSuccess({ text }: Answer): boolean {
  const status = jsonObject(text);
  return status?.['kind'] === 'Status' && status['status'] === 'Success';
}

interface ListKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One page of a list, and the token of the next one. Items of a list carry neither apiVersion nor kind. */
export function pageOf(
  { text }: Answer,
  { apiVersion, kind }: ListKind,
): readonly [items: readonly KubernetesObject[], next: string | undefined] {
  const list = jsonOf(text);
  // Go writes an empty list as null.
  const rows: unknown = isOfKind(list, `${kind}List`, apiVersion) ? (list['items'] ?? []) : undefined;
  const items: readonly unknown[] = Array.isArray(rows)
    ? rows.map((row: unknown) => (isMapping(row) ? { ...row, apiVersion, kind } : row))
    : [undefined];
  const isItem = (item: unknown): item is KubernetesObject =>
    isOfKind(item, kind, apiVersion) && isNamed(item) && isWhole(item);
  if (!items.every(isItem)) throw new NoAnswer(`answered with what is no list of ${kind}s`);
  const { continue: next } = (list as { readonly metadata: { readonly continue?: string } }).metadata;
  return [items, next === undefined || next === '' ? undefined : next];
}

/** What a SelfSubjectAccessReview came to. */
export function allowedIn({ text }: Answer): boolean {
  const review = jsonOf(text);
  const allowed = isMapping(review) && isMapping(review['status']) ? review['status']['allowed'] : undefined;
  if (typeof allowed === 'boolean') return allowed;
  throw new NoAnswer('answered with what is no SelfSubjectAccessReview');
}

/** An API server's own refusal, a Status; undefined where something else refused. */
export function refusalOf({ text }: Answer): Refusal | undefined {
  const status = jsonObject(text);
  return status?.['kind'] === 'Status' ? status : undefined;
}

export interface Refusal {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

function isOfKind(value: unknown, kind: string, apiVersion: string): value is KubernetesObject {
  return (
    isMapping(value) && value['kind'] === kind && value['apiVersion'] === apiVersion && isMapping(value['metadata'])
  );
}

function isNamed({ metadata }: KubernetesObject, ref?: ObjectRef): boolean {
  if (ref === undefined) return typeof metadata.name === 'string';
  return metadata.name === ref.name && (metadata.namespace ?? ref.namespace) === ref.namespace;
}

/** Kinds whose `spec` the API requires, and that are read here. */
const SPECIFIED: ReadonlySet<string> = new Set([
  'Deployment',
  'Application',
  'AppProject',
  'ExternalSecret',
  'GitRepository',
  'Kustomization',
  'HelmRelease',
]);

function isWhole(object: KubernetesObject): boolean {
  return !SPECIFIED.has(object.kind) || isMapping(object['spec']);
}
