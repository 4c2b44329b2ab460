import module from 'node:module';
import type { KubeConfig } from '@kubernetes/client-node';

/** As much of `@kubernetes/client-node` as is needed for what is sent with plain JSON bodies. */
export interface Library {
  readonly KubeConfig: typeof KubeConfig;
  readonly createConfiguration: typeof import('@kubernetes/client-node').createConfiguration;
  readonly ServerConfiguration: typeof import('@kubernetes/client-node').ServerConfiguration;
  readonly HttpMethod: typeof import('@kubernetes/client-node').HttpMethod;
}

type Resolve<Found> = (specifier: string, context: { readonly parentURL?: string }) => Found;

/** Of `node:module` since Node.js 22.15. */
interface WithHooks {
  registerHooks?<Found>(hooks: {
    readonly resolve: (
      ...asked: [...Parameters<Resolve<Found>>, next: Resolve<Found>]
    ) => Found | { readonly url: string; readonly shortCircuit: true };
  }): { deregister(): void };
}

const GENERATED = './gen/index.js';
const AT_HAND = new URL(`./generatedParts.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href;

let loaded: Promise<Library> | undefined;

/** The library, which is loaded once. */
export async function loadLibrary(): Promise<Library> {
  loaded ??= load();
  return loaded;
}

/**
 * The library's reader of kubeconfigs asks for all of the generated client, which is 70 MB of a worker's memory and a quarter of the time
 * that it takes to start. Of that it needs two functions, so it is given these alone, where Node.js lets a module be replaced.
 */
async function load(): Promise<Library> {
  const hooks = (module as WithHooks).registerHooks?.({
    resolve: (specifier, context, next) =>
      specifier === GENERATED && context.parentURL?.endsWith('/@kubernetes/client-node/dist/config.js') === true
        ? { url: AT_HAND, shortCircuit: true }
        : next(specifier, context),
  });
  try {
    const [{ KubeConfig: Reader }, parts] = await Promise.all([
      import('@kubernetes/client-node/dist/config.js'),
      import('./generatedParts.ts'),
    ]);
    return { KubeConfig: Reader, ...parts };
  } finally {
    hooks?.deregister();
  }
}
