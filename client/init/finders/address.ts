import { at, listOf } from '../../../core/base/own.ts';
import type { Candidate } from '../interview.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import type { Worker } from './worker.ts';

/** Addresses of Authentik that a route to its server names, in the values of its chart or of a general one, or as an object of its own. */
export function addressesIn(
  tree: Tree,
  worker: Worker,
  substitute: Readonly<Record<string, string>>,
): readonly Candidate<string>[] {
  const { values, file } = worker;
  const ofChart = [
    ...listOf(at(values, 'server', 'ingress', 'hosts')),
    ...listOf(at(values, 'server', 'route', 'main', 'hostnames')),
    ...Object.values(at(values, 'route') ?? {}).flatMap((route) => listOf(at(route, 'hostnames'))),
    ...Object.values(at(values, 'ingress') ?? {}).flatMap((ingress) =>
      listOf(at(ingress, 'hosts')).map((each) => at(each, 'host')),
    ),
  ].map((host) => ({ host: words(host), from: file }));
  const all = [...(at(values, 'server', 'ingress', 'enabled') === false ? [] : ofChart), ...routesIn(tree)];
  const hosts = all.flatMap(({ host, from }) => {
    const told = host?.replaceAll(/\$\{(\w+)\}/g, (text, name: string) => substitute[name] ?? text);
    return told === undefined || /[${}*]/.test(told) ? [] : [[`https://${told}`, from] as const];
  });
  return [...new Map(hosts)].map(([value, from]) => ({ label: value, value, from }));
}

/** Ingresses, routes of the Gateway API and of Traefik that lead to a Service of Authentik. */
function routesIn(tree: Tree): readonly { readonly host: string | undefined; readonly from: string }[] {
  const all = ['Ingress', 'HTTPRoute', 'IngressRoute'].flatMap((kind) => tree.objects(kind)).filter(leadsToServer);
  // What its outpost guards leads to it, too, by routes that are called otherwise.
  const own = all.filter(({ object }) => nameOf(object).startsWith('authentik'));
  return (own.length > 0 ? own : all).flatMap(({ path: from, object }) =>
    hostsOf(object).map((host) => ({ host, from })),
  );
}

function leadsToServer({ object }: Placed): boolean {
  const backends = JSON.stringify(at(object, 'spec') ?? '');
  // An outpost's own route leads to another Service, ak-outpost-….
  return /"name":"[^"]*authentik[^"]*"/.test(backends) || nameOf(object) === 'authentik';
}

function hostsOf(object: unknown): readonly (string | undefined)[] {
  const spec = at(object, 'spec');
  return [
    ...listOf(at(spec, 'rules')).map((rule) => words(at(rule, 'host'))),
    ...listOf(at(spec, 'hostnames')).map(words),
    ...listOf(at(spec, 'routes')).map((route) => /Host\(`([^`]+)`\)/.exec(String(at(route, 'match')))?.[1]),
  ];
}
