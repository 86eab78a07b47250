export { createEvidence } from './evidence.ts';
export { dlrnCredentials, openWorld, type OpenWorld, type WorldRequest, type WorldSecrets } from './open-world.ts';
export { type Asked, buildRequest, currentHash, type Request, withImpliedHash } from './promotion-request.ts';
