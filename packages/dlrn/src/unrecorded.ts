/** The labels that DLRN moves itself, at every build: no promotion tells what they named, and nobody may promote to them. */
export const unrecordedLabels: readonly string[] = ['consistent', 'current'];

/** Tells whether DLRN remembers nothing of what a label named before. */
export function isUnrecorded(label: string): boolean {
  return unrecordedLabels.includes(label);
}
