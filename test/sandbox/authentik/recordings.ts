import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Exchanges with a real Authentik stand beside the project, not in it. */
const FOLDER = fileURLToPath(new URL('../../../../shared/authentik-recordings', import.meta.url));

export const haveRecordings = existsSync(FOLDER);

export interface Recording {
  readonly name: string;
  readonly precondition: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Readonly<Record<string, unknown>>;
    readonly form?: Readonly<Record<string, string>>;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

export interface RecordedVersion {
  /** As Authentik told it. */
  readonly version: string;
  readonly folder: string;
}

export const VERSIONS: readonly RecordedVersion[] = [
  { version: '2026.5.0-rc1', folder: '.' },
  { version: '2026.2.2', folder: 'v2026.2.2' },
];

/** Names of the recordings of one version. */
export function recordedNames({ folder }: RecordedVersion): readonly string[] {
  if (!haveRecordings) return [];
  return readdirSync(path.join(FOLDER, folder))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .toSorted();
}

export function readRecording({ folder }: RecordedVersion, name: string): Recording {
  return JSON.parse(readFileSync(path.join(FOLDER, folder, `${name}.json`), 'utf8')) as Recording;
}
