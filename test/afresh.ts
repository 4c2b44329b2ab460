import { configureGlobal } from 'fast-check';
import { vi } from 'vitest';

// Test files share their process, but no module of ours: each has masks, caches and lists of its own.
vi.resetModules();
// A change is judged, and not the dice, where the long tests are left out.
if (process.env['TEST_LONG'] !== 'true') configureGlobal({ seed: 20_261_201 });
