export { openWorld, type OpenWorld, type WorldRequest, type WorldSecrets } from './open-world.ts';
export { createEvidence } from './evidence.ts';
export { type Asked, buildRequest, type Request, withImpliedHash } from './promotion-request.ts';
