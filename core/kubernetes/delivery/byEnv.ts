import type { Names } from '../../names/names.ts';
import type { Delivery } from './delivery.ts';

/** `delivery: env`: a variable of the container. */
export function byEnv({ envVar }: Names): Delivery {
  return {
    source: envVar,
    label: `variable ${envVar}`,
    yaml: `!Env ${envVar}`,
    entry: { key: envVar, label: `the variable ${envVar}` },
    frozen: true,
    hint: '',
    entryIn: ({ containers = [] }, container) =>
      containers.find(({ name }) => name === container)?.env?.find(({ name }) => name === envVar),
    takeFrom({ containers = [] }) {
      for (const each of containers) if (each.env !== undefined) each.env = each.env.filter((e) => e.name !== envVar);
    },
    path: (container) => `/spec/template/spec/containers/${container}/env/${envVar}`,
  };
}
