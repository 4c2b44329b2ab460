import { at, listOf } from '../../../core/base/own.ts';
import type { MountedMap } from '../../../core/kubernetes/blueprintMount.ts';
import { words } from '../tree.ts';
import { looksLikeWorker } from './image.ts';

/** A container of Authentik's worker in the values of a general chart, such as app-template. */
export interface GeneralContainer {
  readonly controller: string;
  /** Key of the container in the values. */
  readonly key: string;
}

/** Containers of Authentik's worker in values as the common library of bjw-s has them: those that say so before those that look so. */
export function generalContainers(values: unknown): readonly GeneralContainer[] {
  const all = enabledIn(at(values, 'controllers')).flatMap(([controller, { containers }]) =>
    enabledIn(containers).flatMap(([key, container]) => {
      const repository = words(at(container, 'image', 'repository')) ?? words(container['image']);
      const rank =
        repository === undefined
          ? undefined
          : looksLikeWorker({
              names: [controller, key],
              image: repository,
              said: [...said(container['command']), ...said(container['args'])],
            });
      return rank === undefined ? [] : [{ rank, controller, key }];
    }),
  );
  const best = Math.min(...all.map(({ rank }) => rank));
  return all.filter(({ rank }) => rank === best).map(({ controller, key }) => ({ controller, key }));
}

/**
 * Name of the Deployment of a controller (the library's `determineResourceNameFromValues`); app-template calls its objects as the
 * release is called.
 */
export function generalName(values: unknown, release: string, controller: string): string {
  const of = (key: string): string | undefined => words(at(values, 'global', key)) ?? words(at(values, key));
  const own = at(values, 'controllers', controller);
  const forced = words(at(own, 'forceRename'));
  if (forced !== undefined) return forced;
  const name = of('nameOverride') ?? release;
  const full = of('fullnameOverride') ?? (release.includes(name) ? release : `${release}-${name}`);
  const [prefix, suffix] = [words(at(own, 'prefix')), words(at(own, 'suffix')) ?? words(at(own, 'nameOverride'))];
  const begun = prefix === undefined || prefix === full ? full : `${prefix}-${full}`;
  const isOne = enabledIn(at(values, 'controllers')).length < 2;
  const isAppended = !isOne || at(values, 'global', 'alwaysAppendIdentifierToResourceName') === true;
  return withEnding(isAppended ? withEnding(begun, controller) : begun, suffix).toLowerCase();
}

function withEnding(name: string, ending: string | undefined): string {
  return ending === undefined || name === ending || name.endsWith(`-${ending}`) ? name : `${name}-${ending}`;
}

/** ConfigMaps that its `persistence` mounts below /blueprints as a folder. */
export function generalMounts(values: unknown, { controller, key }: GeneralContainer): readonly MountedMap[] {
  return enabledIn(at(values, 'persistence')).flatMap(([id, item]) => {
    const configMap = item['type'] === 'configMap' ? words(item['name']) : undefined;
    const all = [...listOf(item['globalMounts']), ...listOf(at(item, 'advancedMounts', controller, key))];
    const isSaid = item['globalMounts'] !== undefined || item['advancedMounts'] !== undefined;
    return (isSaid ? all : [{}])
      .filter((mount) => at(mount, 'subPath') === undefined)
      .flatMap((mount) => {
        const [, mountedAs] = /^\/blueprints\/(.+?)\/*$/.exec(words(at(mount, 'path')) ?? `/${id}`) ?? [];
        return configMap === undefined || mountedAs === undefined ? [] : [{ configMap, mountedAs }];
      });
  });
}

type Item = Readonly<Record<string, unknown>>;

/** Entries of a mapping that no `enabled: false` switches off. */
function enabledIn(map: unknown): readonly (readonly [string, Item])[] {
  return Object.entries(typeof map === 'object' && map !== null ? map : {}).filter(
    (entry): entry is [string, Item] =>
      typeof entry[1] === 'object' && entry[1] !== null && at(entry[1], 'enabled') !== false,
  );
}

/** Words of a command, as a list or in one text. */
function said(command: unknown): readonly string[] {
  return typeof command === 'string' ? command.split(/\s+/) : listOf(command).map(String);
}
