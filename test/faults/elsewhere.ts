const LOOKS = 'of check, plan and doctor, which change nothing: whatever fails there is a finding';

/** Activities that the four stories do not come to where changes land last, and who strikes them. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  diagnose: LOOKS,
  listClients: LOOKS,
  planChange: LOOKS,
  checkBasis: LOOKS,
  checkGit: LOOKS,
  checkCluster: LOOKS,
  checkAuthentik: LOOKS,
  checkSecret: LOOKS,
  checkRuns: LOOKS,
  awaitDeployed: 'a look, of installations that others deploy: deployByExternal.test.ts',
  awaitMerge: 'a look, of changes that a person merges: pullRequest.test.ts',
  revertChange: 'of changes that land first: landFirst.test.ts, landFirstLeftovers.test.ts and zombieUndo.test.ts',
  leftInAuthentik: 'a look, once an undo has failed at Authentik: test/workflows/register/registerClient.test.ts',
};
