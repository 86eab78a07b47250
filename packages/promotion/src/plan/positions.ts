import type { Destination, Label, Move, ArtifactSet } from '@tagflow/model';

/**
 * Returns, for every pointer that a label has in a destination when it names the set, where it is and where it belongs,
 * as the move that would bring it there.
 */
export async function readPositions(
  destination: Destination,
  label: Label,
  set: ArtifactSet,
): Promise<readonly Move[]> {
  const wanted = destination.desired(label, set);
  const now = await destination.observe(wanted.map(({ name }) => name));
  return wanted.map(({ name, value }) => ({
    destination: destination.name,
    kind: destination.kind,
    label,
    pointer: name,
    from: now.get(name) ?? null,
    to: value,
  }));
}
