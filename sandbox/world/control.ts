import { Faults } from '../faults/faults.ts';
import { parseFault } from '../faults/parseFault.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from '../kit/http.ts';
import type { World } from './world.ts';

/** The sandbox's own address: faults are put in and taken out while it runs. By its nonce it is known from another's. */
export async function startControl(world: World, nonce: string): Promise<StandIn> {
  return startStandIn({ system: 'control', faults: new Faults(), handle: (request) => answer(world, nonce, request) });
}

async function answer(world: World, nonce: string, request: StandInRequest): Promise<StandInAnswer> {
  if (request.path === '/nonce') return { status: 200, body: { nonce } };
  if (request.path === '/snapshot') return { status: 200, body: await world.state() };
  if (request.path === '/sync' && request.method === 'POST') {
    await world.fullSync();
    return { status: 200, body: {} };
  }
  if (request.path !== '/faults') return { status: 404, body: { message: 'not found' } };
  try {
    if (request.method === 'POST') await world.addFaults(parseFault(request.body));
    if (request.method === 'DELETE') await world.clearFaults();
    return { status: 200, body: world.faults.list() };
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    return { status: 400, body: { message: `${error.message}. ${error.remedy}` } };
  }
}
