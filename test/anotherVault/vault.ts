import { randomUUID } from 'node:crypto';
import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { Secret } from '../../core/base/secret.ts';
import type { VaultMark } from '../../core/vault/vaultMark.ts';
import type { Vault, VaultContents, VaultEdits, VaultField, WriteOptions } from '../../integrations/vault/vault.ts';
import type { PathSettings } from './settings.ts';
import type { PathStore, Secret as Stored } from './store.ts';
import { pathVault } from './words.ts';

/** The adapter of the path vault: a label is a path, a mark is metadata, and a relabelled secret moves. */
export class PathVault implements Vault {
  readonly #store: PathStore;
  readonly #words: Pick<VaultContents, 'system' | 'place'>;
  readonly #folder: string;

  constructor(store: PathStore, settings: PathSettings) {
    const { system, place } = pathVault(settings);
    this.#store = store;
    this.#words = { system, place };
    this.#folder = `${settings.folder}/`;
  }

  async read(): Promise<VaultContents> {
    const paths = this.#store.paths.filter((path) => path.startsWith(this.#folder));
    const fields = paths.map((path) => this.#fieldAt(path));
    return { ...this.#words, updatedAt: undefined, fields, unwritable: undefined };
  }

  async addField(label: string, value: Secret, { unless, shown = false }: WriteOptions = {}) {
    const [path, found] = [this.#pathOf(label), this.#store.get(this.#pathOf(label))];
    if (found !== undefined) return { fieldId: found.metadata['id'] ?? '', added: false };
    if (unless !== undefined && this.#store.get(this.#pathOf(unless)) !== undefined)
      throw this.#error('Conflict', `${unless} is there now`);
    const fieldId = randomUUID();
    const metadata = { id: fieldId, ...(shown ? { shown: 'true' } : {}) };
    this.#write({ [path]: { data: { value: value.reveal() }, metadata } });
    return { fieldId, added: true };
  }

  async change({ relabel = [], remove = [], mark = [], unmark = [], notes = [] }: VaultEdits) {
    const next = new Map(this.#store.paths.map((path) => [path, this.#store.get(path)]));
    const pathOfId = (id: string): string | undefined =>
      [...next].find(([, secret]) => secret?.metadata['id'] === id)?.[0];
    const moved = relabel.map(({ fieldId, to }) => {
      const from = pathOfId(fieldId);
      if (from === undefined) throw this.#error('NotFound', `nothing of id ${fieldId} is there any more`);
      return { from, to: this.#pathOf(to), secret: next.get(from) };
    });
    for (const path of [...moved.map(({ from }) => from), ...remove.map(pathOfId)])
      if (path !== undefined) next.delete(path);
    for (const { to, secret } of moved) {
      if (next.has(to)) throw this.#error('Collision', `${to} is there already`);
      next.set(to, secret);
    }
    for (const [id, made] of [
      ...mark.map((each) => [each.fieldId, each.mark] as const),
      ...unmark.map((id) => [id] as const),
    ]) {
      const path = pathOfId(id);
      const secret = path === undefined ? undefined : next.get(path);
      if (path !== undefined && secret !== undefined)
        next.set(path, { ...secret, metadata: { id, ...shownIn(secret.metadata), ...made } });
    }
    for (const { label, text } of notes) {
      const path = this.#pathOf(label);
      next.set(path, { data: { text }, metadata: { id: next.get(path)?.metadata['id'] ?? randomUUID() } });
    }
    const changes = [...new Set([...this.#store.paths, ...next.keys()])].filter(
      (path) => JSON.stringify(next.get(path)) !== JSON.stringify(this.#store.get(path)),
    );
    if (changes.length === 0) return { changed: false };
    this.#write(Object.fromEntries(changes.map((path) => [path, next.get(path)])));
    return { changed: true };
  }

  async removeField(label: string, fieldId?: string) {
    const found = this.#store.get(this.#pathOf(label));
    if (found === undefined || (fieldId !== undefined && found.metadata['id'] !== fieldId)) return { removed: false };
    this.#write({ [this.#pathOf(label)]: undefined });
    return { removed: true };
  }

  #fieldAt(path: string): VaultField {
    const { data, metadata } = this.#store.get(path) ?? { data: {}, metadata: {} };
    const { id = '', shown, ...mark } = metadata;
    const isShown = shown !== undefined || data['value'] === undefined;
    return {
      id,
      label: labelOf(path.slice(this.#folder.length)),
      value: new Secret(data['value'] ?? data['text'] ?? '', { shown: isShown }),
      shown: isShown ? 'is no secret' : undefined,
      mark: mark['changeId'] === undefined ? undefined : (mark as unknown as VaultMark),
    };
  }

  #pathOf(label: string): string {
    // A path takes no blanks and brackets: "zot (pending 1)" is zot/pending/1.
    return this.#folder + label.replace(/ \((\w+) (.+)\)$/, (_, what, rest) => `/${what}/${rest.replaceAll(' ', '_')}`);
  }

  #write(secrets: Readonly<Record<string, Stored | undefined>>): void {
    try {
      this.#store.write(secrets);
    } catch (error) {
      throw this.#error('Failed', (error as Error).message);
    }
  }

  #error(kind: ErrorKind, message: string): RegistrarError {
    return new RegistrarError({ system: this.#words.system, kind, message, remedy: 'See the audit log.' });
  }
}

function shownIn({ shown }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return shown === undefined ? {} : { shown };
}

function labelOf(name: string): string {
  return name.replace(/\/(\w+)\/(.+)$/, (_, what: string, rest: string) => ` (${what} ${rest.replaceAll('_', ' ')})`);
}
