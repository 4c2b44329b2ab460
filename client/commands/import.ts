import { readdir, readFile, writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import { importClient } from '../../core/import/importClient.ts';
import { readInstallation } from '../../core/installation/readFiles.ts';
import { registrationSchema } from '../../core/registration/registration.ts';

export interface ImportOptions {
  /** A working copy of the GitOps repository. */
  readonly repo: string;
  /** The installation's file; else REGISTRAR_CONFIG, or registrar.yaml of the repository. */
  readonly installation?: string | undefined;
  /** Put the file into the folder of registrations, instead of printing it. */
  readonly write: boolean;
}

/** Writes the registration of a client that was made by hand. Asks no system. Returns what is to be printed. Throws `BadInput`, `NotFound`, `Collision`. */
export async function importHandMade(
  client: string,
  { repo, installation: config, write }: ImportOptions,
): Promise<string> {
  const file = config ?? process.env['REGISTRAR_CONFIG'] ?? path.join(repo, 'registrar.yaml');
  const installation = readInstallation(await textOf(file), file);
  const files = await filesBelow(repo);
  const { text } = importClient({ client, installation, paths: [...files.keys()], read: (name) => files.get(name) });
  if (!write) return text;
  const target = `${installation.gitops.registrations}/${client}.yaml`;
  // A client is found by its client id too, which may be a URL.
  if (!registrationSchema.shape.metadata.shape.name.safeParse(client).success)
    throw new RegistrarError({
      system: 'registration file',
      kind: 'BadInput',
      message: `"${client}" cannot be the name of a client, and so not that of its file`,
      remedy: 'Name it by its slug, or leave out --write.',
    });
  const there = [target, target.replace(/yaml$/, 'yml')].find((path) => files.has(path));
  if (there !== undefined)
    throw new RegistrarError({
      system: 'registration file',
      kind: 'Collision',
      message: `${there} is there already`,
      remedy: 'Leave out --write and compare by hand.',
    });
  await mkdir(path.dirname(path.join(repo, target)), { recursive: true });
  await writeFile(path.join(repo, target), text, { flag: 'wx' });
  return `wrote ${target}\n`;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new RegistrarError({
      system: 'registrar.yaml',
      kind: 'BadInput',
      message: `${file} cannot be read`,
      remedy: 'Name the installation with --installation, and the working copy with --repo.',
    });
  }
}

/** Texts that may tell something of a client, by their path in the repository. */
async function filesBelow(root: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|j2)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((name) => !/(^|\/)(\.git|node_modules)\//.test(name));
  const found = new Map<string, string>();
  for (const name of names.toSorted()) found.set(name, await readFile(path.join(root, name), 'utf8'));
  return found;
}
