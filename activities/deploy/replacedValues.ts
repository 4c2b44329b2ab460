import { hasVariables } from '../../core/edits/kubernetes/helmValues.ts';
import type { Installation } from '../../core/installation/installation.ts';

type Deployment = Pick<Installation['authentik']['deployment'], 'file' | 'valuesPath'>;

/** As a refusal's message and remedy, that whoever deploys gives Helm later values which replace the variables of our file. */
export function replacedValues(
  deployer: string,
  over: string,
  { file, valuesPath }: Deployment,
): readonly [message: string, remedy: string] {
  return [
    `${deployer}: ${over} sets ${valuesPath} too, which Helm takes instead of the list in ${file}`,
    'Keep the list in one place: take it out there, or name that place in authentik.deployment (file, valuesPath) of registrar.yaml.',
  ];
}

/**
 * Of values that Helm merges before those of our file, the last that would lose variables by a list which is made in ours; undefined
 * where ours has one (`own`), or none of them has any.
 */
export async function hiddenBy<T>(
  own: unknown,
  earlier: readonly T[],
  heldIn: (each: T) => Promise<unknown>,
): Promise<T | undefined> {
  if (own !== undefined) return undefined;
  for (const each of earlier.toReversed()) if (hasVariables(await heldIn(each))) return each;
  return undefined;
}

/** Likewise, that earlier values set the variables, which a list that is made in our file would replace. */
export function hiddenValues(
  deployer: string,
  earlier: string,
  { file, valuesPath }: Deployment,
): readonly [message: string, remedy: string] {
  return [
    `${deployer}: ${earlier} sets ${valuesPath}, and ${file} does not: Helm would take a list that is made there instead`,
    `Name ${earlier} in authentik.deployment (file, valuesPath) of registrar.yaml, or write its list into ${file}.`,
  ];
}
