import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Installation } from '../../core/installation/installation.ts';
import { envExample } from './envExample.ts';
import { rbacFor } from './rbac.ts';
import type { Tree } from './tree.ts';

/** A file that `init` writes, by its path in the working copy. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** A file of the project's own `deploy/`; a build has it beside its own folders. */
const template = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8');

/** What the worker needs in the clusters, in Authentik and in its environment, with the names of an installation. */
export function deployFiles(folder: string, installation: Installation, tree: Tree): readonly NewFile[] {
  return [
    { path: `${folder}/rbac.yaml`, text: rbacFor(template('rbac.yaml'), installation, tree) },
    { path: `${folder}/authentik-role.yaml`, text: template('authentik-role.yaml') },
    { path: `${folder}/.env.example`, text: envExample(installation) },
  ];
}
