/** Manifests that cannot be made: nothing is applied. */
export class ManifestError extends Error {}
