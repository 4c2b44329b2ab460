import { hasSince, NEWEST_KNOWN, SECRETS_SINCE } from '../core/authentik/releases.ts';
import { SECRET_DIALECTS } from '../core/authentik/secretDialects.ts';
import { newSecretName, type SecretObject } from '../core/authentik/secretObject.ts';
import { scopeFor } from '../core/edits/blueprint/scopedSection.ts';
import { secretNameOf } from '../core/edits/blueprint/sectionFacts.ts';
import type { Installation } from '../core/installation/installation.ts';
import { deliveredOf } from '../core/names/delivered.ts';
import type { Names } from '../core/names/names.ts';
import type { Registration } from '../core/registration/registration.ts';

/** What a blueprint is written for where no Authentik is asked. */
interface WrittenFor {
  readonly authentikVersion: string;
  readonly secretObject?: SecretObject;
}

/**
 * Whether a secret is an object of its own a run asks the server. Without it the sections of a client tell, or the release that a person
 * names: from the first on that may have such objects, by the newest draft.
 */
export function writtenFor(
  registration: Registration,
  installation: Installation,
  names: Names,
  { sections, release }: { readonly sections: readonly string[]; readonly release: string | undefined },
): WrittenFor {
  const scope = scopeFor(names, registration);
  const standing = SECRET_DIALECTS.flatMap((dialect) => {
    const name = secretNameOf(sections, scope, dialect);
    return name === undefined ? [] : [{ dialect, name }];
  })[0];
  const authentikVersion = release ?? (standing === undefined ? NEWEST_KNOWN : SECRETS_SINCE);
  const [dialect] = SECRET_DIALECTS;
  if (deliveredOf(names).length === 0 || dialect === undefined || !hasSince('secretObjects', authentikVersion))
    return { authentikVersion };
  const secretObject = standing ?? { dialect, name: newSecretName(registration, installation) };
  return { authentikVersion, secretObject };
}
