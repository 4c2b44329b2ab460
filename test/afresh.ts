import { vi } from 'vitest';

// Test files share their process, but no module of ours: each has masks, caches and lists of its own.
vi.resetModules();
