/**
 * What workflows have come to ask of Temporal in another way than before, by name, oldest first. A run is told which of these its release
 * has, with its installation; in a history of before that each has a marker of its own, or none where the run came past it without.
 * No name is ever taken out: a run that was told of a name which its worker does not know is one of a newer release.
 */
export const PATCHES = [
  'refusals-pass',
  'rotation-policy',
  'late-writes-end',
  'cancelled-look-ends',
  'asks-before-turn',
  'outages-end',
  'check-goes-on-as-new',
  'looks-before-each-person',
  'tidies-up-though-cancelled',
  'inherited-turn-released',
] as const;

export type Patch = (typeof PATCHES)[number];
