import type { ToldFields } from '../../core/authentik/providerSettings.ts';
import type { SecretDialect } from '../../core/authentik/secretDialects.ts';
import type { Secret } from '../../core/base/secret.ts';

/** The models that a blueprint's `!Find` may name, by the field it looks them up with. */
export type FindModel = 'flow' | 'certificate' | 'scopeMapping' | 'namedMapping' | 'group' | 'user' | 'policy';

/** Of this and every other row: a field is undefined where Authentik's answer does not have it, which is no value. */
export interface ProviderState {
  readonly pk: number;
  readonly name: string;
  readonly clientId: string;
  readonly clientType: string | undefined;
  readonly authorizationFlow: string | null | undefined;
  readonly invalidationFlow: string | null | undefined;
  readonly signingKey: string | null | undefined;
  /** pks, as a set. */
  readonly propertyMappings: readonly string[] | undefined;
  /** `type` only where it is another than `authorization`, which all are before 2026.5: `logout` is for the end of a session. */
  readonly redirectUris:
    | readonly { readonly matchingMode: string; readonly url: string; readonly type?: string }[]
    | undefined;
  /** Since 2026.5. */
  readonly grantTypes: readonly string[] | undefined;
  readonly subMode: string | undefined;
  readonly includeClaimsInIdToken: boolean | undefined;
  readonly applicationSlug: string | null | undefined;
  /** Key of the object that keeps its secret. Since Authentik has such. */
  readonly secret: string | null | undefined;
  /** Of the rows of `spec.provider`, those that are not above. */
  readonly further: ToldFields;
}

/** An object that keeps a client secret, but for that. */
export interface SecretRow {
  readonly pk: string;
  readonly name: string;
}

export interface ApplicationRow {
  readonly pk: string;
  readonly name: string;
  readonly slug: string;
  readonly provider: number | null;
  readonly metaLaunchUrl: string | undefined;
  readonly policyEngineMode: string | undefined;
  /** Of the rows of `spec.launcher`. */
  readonly further: ToldFields;
}

export interface BindingRow {
  readonly pk: string;
  readonly target: string;
  readonly order: number;
  readonly enabled: boolean;
  readonly negate: boolean;
  /** In seconds. */
  readonly timeout: number | undefined;
  /** What counts where a policy fails to answer. */
  readonly failureResult: boolean | undefined;
  readonly group: { readonly pk: string; readonly name: string } | null;
  readonly user: number | null;
  readonly username?: string | undefined;
  readonly policy: string | null;
  readonly policyName?: string | undefined;
  /** Whether it ends at `expires`. Since 2026.8, as that. */
  readonly expiring: boolean | undefined;
  /** Raw text. */
  readonly expires: string | null | undefined;
}

/** An object that may bear the job's mark, see `MADE_FOR` in `core/authentik/renderBlueprint.ts`. */
export interface MadeRow {
  /** Client for which the job's blueprint made it; undefined where it was there before, or a person made it. */
  readonly madeFor?: string;
}

export interface GroupHead {
  readonly pk: string;
  readonly name: string;
  /** The flag of the group itself. Members of a group below it are superusers too, see `parents`. */
  readonly isSuperuser: boolean;
  /** pks of the groups above this one; before 2025.12 one at most. */
  readonly parents: readonly string[];
  /** Names of the roles that it gives its members itself; undefined where Authentik does not tell. */
  readonly roles: readonly string[] | undefined;
}

export interface GroupRow extends GroupHead, MadeRow {
  /** pks and names of the members. */
  readonly users: readonly { readonly pk: number; readonly username: string }[];
}

export interface UserRow extends MadeRow {
  readonly pk: number;
  readonly username: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly isActive: boolean | undefined;
  /** pks of its groups. */
  readonly groups: readonly string[];
}

export interface BlueprintInstance {
  readonly pk: string;
  readonly name: string;
  readonly path: string;
  readonly enabled: boolean;
  /** `unknown`, `successful`, `warning`, `error`, `orphaned`. */
  readonly status: string;
  /** Raw text with microseconds: a Date would lose them, and freshness is compared by them. */
  readonly lastApplied: string;
  readonly lastAppliedHash: string;
}

export interface BlueprintFile {
  readonly path: string;
  /** sha512 of the raw text. */
  readonly hash: string;
  /** `metadata.name`; undefined where the file has no metadata. */
  readonly name: string | undefined;
}

export interface ApplyTask {
  readonly id: string;
  /** `queued`, `preprocess`, `running`, `done`, … `done` for failures too. */
  readonly state: string;
  /** Sentences logged at warning or above; never the attributes, which carry every value in clear. Values that look like secrets are masked. */
  readonly warnings: readonly string[] | undefined;
  /** The worst that it logged, of these two; undefined before 2026.8, where every task that ended is called done. */
  readonly worst: 'error' | 'warning' | undefined;
}

export interface UsedByRow {
  readonly app: string;
  readonly model: string;
  readonly pk: string;
  readonly name: string;
  /** `cascade`, `cascade_many`, `set_default`, `set_null`, `left_dangling`. */
  readonly action: string;
}

/** Who uses an object Authentik cannot be asked, for want of these permissions. */
export interface CannotTell {
  readonly lacking: readonly string[];
}

export type DeletableKind = 'application' | 'provider' | 'group' | 'user' | 'blueprint' | 'secret';

export type ChangeableKind = 'application' | 'provider' | 'binding' | 'user';

/** What the token may do, found out without changing anything. */
export interface TokenPermissions {
  /** Global permissions that are missing for reading, as `authentik_core.view_group`. */
  readonly missingView: readonly string[];
  /**
   * May create and apply any blueprint (global `add_blueprintinstance`), or apply this one instance (permission on the object,
   * which Authentik shows only to a token that may view its own role). `none` where it cannot be told, too.
   */
  readonly apply: 'global' | 'instance' | 'none';
  /** Global permissions that are missing for undo; undefined where Authentik does not tell (before 2025.12). */
  readonly missingDelete: readonly string[] | undefined;
  /** Of those that a change of a registered client may need: what is missing globally; undefined where Authentik does not tell. */
  readonly missingChange: readonly string[] | undefined;
}

/** Authentik's API v3 and its OAuth2 endpoints. Throws {@link RegistrarError} of system `Authentik`. */
export interface Authentik {
  /** `version_current`, as `2026.5.0`. A bad token answers 403 here: `Unauthorized`. */
  version(): Promise<string>;
  /**
   * How Authentik names secrets that are objects of their own; undefined where it has none. Told by the fields of a provider, or where
   * there is none by the schema of the API, and never by the version. The calls below ask for it by themselves.
   */
  secretDialect(): Promise<SecretDialect | undefined>;
  /** Secrets of this name; names need not be unique. None where Authentik has no such objects. */
  secretsNamed(name: string): Promise<readonly SecretRow[]>;
  secretByPk(pk: string): Promise<SecretRow | undefined>;
  /** `instancePk`: the instance of this client's file where one exists. */
  permissions(instancePk: string | undefined): Promise<TokenPermissions>;

  /** pks of every object that a `!Find` of this model with this key would match (flow by slug, certificate by name, scope mapping by scope_name, group by name). */
  find(model: FindModel, key: string): Promise<readonly string[]>;
  application(slug: string): Promise<ApplicationRow | undefined>;
  providerByName(name: string): Promise<ProviderState | undefined>;
  providerByClientId(clientId: string): Promise<ProviderState | undefined>;
  providerByPk(pk: number): Promise<ProviderState | undefined>;
  /** Bindings of an application, by order. */
  bindings(applicationPk: string): Promise<readonly BindingRow[]>;
  group(name: string): Promise<GroupRow | undefined>;
  groupByPk(pk: string): Promise<GroupHead | undefined>;
  user(username: string): Promise<UserRow | undefined>;

  instancesByPath(path: string): Promise<readonly BlueprintInstance[]>;
  instancesByName(name: string): Promise<readonly BlueprintInstance[]>;
  /**
   * What the answering worker has on its disk now. With several workers any of them answers. `Unavailable` with status 500 while none
   * answers, as for up to a minute after its start, and while one bad file breaks the search: see `discoveryWarnings`.
   */
  available(): Promise<readonly BlueprintFile[]>;
  createInstance(name: string, path: string): Promise<BlueprintInstance>;
  /** Enables an instance that was disabled. The path is sent along, for Authentik asks for it. */
  enableInstance(pk: string, path: string): Promise<void>;
  /** Queues an apply; not done when this returns. */
  apply(pk: string): Promise<void>;
  /** Apply tasks of the instance, newest first. */
  applyTasks(pk: string): Promise<readonly ApplyTask[]>;
  /**
   * Sentences of the newest discovery task that ended with a warning or error; discovery that is broken takes up no new file.
   * Undefined where Authentik does not tell what its tasks logged.
   */
  discoveryWarnings(): Promise<readonly string[] | undefined>;

  /** Each user once, as far as the token may view it. None where the object is gone. */
  usedBy(kind: DeletableKind, id: string | number): Promise<readonly UsedByRow[] | CannotTell>;
  /** Permissions without which {@link usedBy} of groups and users cannot tell, found out by asking it of some that are there. */
  lackingForUsedBy(): Promise<readonly string[]>;
  /** Absent is success. */
  remove(kind: DeletableKind, id: string | number): Promise<void>;
  /** Deletes one policy binding; absent is success. Never the last one of an application that is not to be open. */
  removeBinding(pk: string): Promise<void>;
  /** Gives fields of an object these values, by the names of the API (PATCH). An application is named by its slug. */
  change(kind: ChangeableKind, id: string | number, values: Readonly<Record<string, unknown>>): Promise<void>;

  /** POST revoke with a random token: right secret 200, wrong secret 401. Writes no event and no row. */
  testSecret(clientId: string, secret: Secret): Promise<'right' | 'wrong'>;
  /** GET authorize without a session. `grantMissing`: the provider rejects every login. */
  testRedirectUri(
    clientId: string,
    redirectUri: string,
    scopes: readonly string[],
  ): Promise<'accepted' | 'rejected' | 'grantMissing'>;
  /** The discovery document, or undefined where Authentik answers 404. */
  discoveryDocument(
    slug: string,
  ): Promise<
    { readonly issuer: string; readonly authorizationEndpoint: string; readonly tokenEndpoint: string } | undefined
  >;
}
