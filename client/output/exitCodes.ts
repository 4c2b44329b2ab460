/**
 * What every command answers with: 0, all is as asked; 2, something is not and a person should look (drift, changes that a plan
 * shows, what a run left behind); 1, it could not be done or told, and nothing is left of it.
 */
export const WELL = 0;
export const FAILED = 1;
export const NOT_AS_ASKED = 2;
/** Ctrl-C, as shells know it. */
export const LEFT = 130;
