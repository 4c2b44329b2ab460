import { expect, it, vi } from 'vitest';
import { reach } from '../../integrations/temporal/reach.ts';

it('an address with a scheme is told to be none, and nobody is asked', async () => {
  const open = vi.fn<() => Promise<string>>();
  await expect(reach('http://127.0.0.1:7233', open)).rejects.toThrow(
    expect.objectContaining({
      kind: 'BadInput',
      message: expect.stringContaining('http://127.0.0.1:7233 is no') as string,
    }),
  );
  expect(open).not.toHaveBeenCalled();
});

it('a server that does not answer is told with its address, and what starts one', async () => {
  const silent = reach('temporal.example:7233', async () => Promise.reject(new Error('deadline')), 'start it');
  await expect(silent).rejects.toThrow(
    expect.objectContaining({
      kind: 'Unavailable',
      message: 'no Temporal server answers at temporal.example:7233',
      remedy: 'Start one (start it), or set TEMPORAL_ADDRESS.',
    }),
  );
});
