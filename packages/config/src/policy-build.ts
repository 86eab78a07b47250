import { type HashRange, type Label, parseFullHash, parseTargetLabel, type PolicyEntry } from '@tagflow/model';
import { expiryMs } from './policy-expiry.ts';
import { noComponent } from './policy-format.ts';
import type { RawFreeze, RawHold, RawPolicyFile, RawWaiver } from './policy-schema.ts';

/**
 * Returns the typed entries of a policy file that was checked: waivers, holds, freezes.
 * @param lineOf returns where an entry of a list is written
 */
export function buildPolicy(
  raw: RawPolicyFile,
  lineOf: (list: string, index: number) => string,
): readonly PolicyEntry[] {
  return [
    ...(raw.waivers ?? []).map((entry, index) => buildWaiver(entry, lineOf('waivers', index))),
    ...(raw.holds ?? []).map((entry, index) => buildHold(entry, lineOf('holds', index))),
    ...(raw.freezes ?? []).map((entry, index) => buildFreeze(entry, lineOf('freezes', index))),
  ];
}

function buildWaiver(raw: RawWaiver, where: string): PolicyEntry {
  const hashes = raw.hash === 'any' ? null : buildRange(raw);
  return { kind: 'waiver', ...buildFacts(raw, where), job: raw.job, hashes, label: buildLabel(raw.label) };
}

function buildHold(raw: RawHold, where: string): PolicyEntry {
  return { kind: 'hold', ...buildFacts(raw, where), hashes: buildRange(raw), label: buildLabel(raw.label) };
}

function buildFreeze(raw: RawFreeze, where: string): PolicyEntry {
  return { kind: 'freeze', ...buildFacts(raw, where), label: parseTargetLabel(raw.label) };
}

function buildFacts(raw: RawWaiver | RawHold | RawFreeze, where: string) {
  return {
    id: raw.id,
    release: raw.release ?? null,
    ...(raw.component === undefined ? {} : { component: raw.component === noComponent ? null : raw.component }),
    owner: raw.owner,
    bug: raw.bug ?? null,
    reason: raw.reason,
    expires: expiryMs(raw.expires),
    where,
  };
}

function buildLabel(label: string | undefined): Label | null {
  return label === undefined ? null : parseTargetLabel(label);
}

// It was checked that there is one or the other.
function buildRange({ hash, from, to }: Pick<RawHold, 'hash' | 'from' | 'to'>): HashRange {
  if (hash !== undefined) return { from: parseFullHash(hash), to: parseFullHash(hash) };
  return { from: parseFullHash(from ?? ''), to: to === undefined ? null : parseFullHash(to) };
}
