/** What of a Deployment's pod template tells how the secret comes into a container. */
export interface PodTemplate {
  containers?: { name?: string; env?: { name?: string }[] }[];
  volumes?: { secret?: { items?: { key?: string }[] } }[];
}

/** How one client's secret reaches Authentik's worker (`authentik.delivery`), and what follows from it. */
export interface Delivery {
  /** The variable or file that the blueprint reads. */
  readonly source: string;
  /** The same for people. */
  readonly label: string;
  /** The same as a value of a blueprint. */
  readonly yaml: string;
  /** Our entry in the Deployment: its key, and what and where it is in words. */
  readonly entry: { readonly key: string; readonly label: string };
  /** A container has it as it was when its pod started, so that a new value needs new pods. */
  readonly frozen: boolean;
  /** What a person looks at where a worker does not have it; a sentence with a space before it, or nothing. */
  readonly hint: string;
  /** Our entry in a pod template; undefined where it holds none, or needs none. */
  entryIn(pod: PodTemplate, container: string): unknown;
  /** Takes our entry out of a pod template. */
  takeFrom(pod: PodTemplate): void;
  /** Where people find our entry in a Deployment. */
  path(container: string): string;
}
