import type { Complaint } from './complaints.ts';

/** Codes that say nothing else. */
const codes: readonly string[] = [
  'TAG_IMMUTABLE', // quay, with 409
  'IMMUTABLE_TAG', // GitLab, with 401
];

/** Words of those who answer with a code of other meanings: each is the part of the sentence that does not vary. */
const words: readonly RegExp[] = [
  /configured as immutable/, // Harbor: 412 PRECONDITION
  /cannot be overwritten because the (?:repository|tag) is immutable/, // Amazon ECR: TAG_INVALID, reworded in 2025
  /repository has enabled tag immutability/i, // Google Artifact Registry: MANIFEST_INVALID
  /cannot be updated due to immutability settings/, // Docker Hub: DENIED
  /cannot be overwritten because \S+ is an immutable repository/, // Mirantis Secure Registry: UNKNOWN
  /requested tag already exists and cannot be overwritten/, // Alibaba Cloud ACR
];

/**
 * Returns whether a registry refused a manifest because its tag is there and never moves. Artifactory («Delete/Overwrite»
 * missing) and zot (a policy without `update`) answer a plain 403, which may mean anything.
 */
export function isImmutableTag(complaints: readonly Complaint[]): boolean {
  return complaints.some(
    ({ code, message, detail }) =>
      codes.includes(code) || words.some((sentence) => sentence.test(message) || sentence.test(detail)),
  );
}
