export { openWorld, type OpenWorld, type WorldRequest, type WorldSecrets } from './open-world.ts';
export { createEvidence } from './evidence.ts';
export { type Asked, buildRequest, type Request, withImpliedHash } from './promotion-request.ts';
export { withLayers } from './container-layers.ts';
export { endOf, operandForms } from './operand.ts';
export { type FoundSet, resolvePair, resolveSet } from './resolve-set.ts';
export { readSetDetails } from './set-details.ts';
export { openSetPlaces, type SetPlaces, type SetPlacesRequest } from './set-places.ts';
export { readPolicyReview } from './review-policy.ts';
export { liftPolicy } from './lift-policy.ts';
export {
  type ContainersAt,
  type ImagesAt,
  leftOut,
  type VerifyDepth,
  verifyDepths,
  verifySet,
  type VerifySetRequest,
} from './verify-set.ts';
export { containersIn, imagesIn, publishedPlaces } from './verify-places.ts';
export { HandOffError, type HandOffErrorCode } from './hand-off/error.ts';
export { type HandOver, handOver, type HandOverWorld } from './hand-off/hand-over.ts';
export { openReceiver, type ReceiverSecrets } from './hand-off/open-receiver.ts';
export { type BlockedHandOff, type HandOffRequest, prepareHandOff, type PreparedHandOff } from './hand-off/prepare.ts';
export type { Received, Receiver } from './hand-off/receiver.ts';
export { handOffErrorWords } from './hand-off/error-words.ts';
